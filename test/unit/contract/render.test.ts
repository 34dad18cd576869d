import { describe, expect, test } from 'vitest';
import { progressOf } from '../../../src/tracking/views/progress.ts';
import { barOf, detailsOf, percentOf, summaryOf } from '../../../src/contract/render.ts';
import {
  after,
  asked,
  at,
  completed,
  DOCSWRITE,
  degraded,
  MINUTE,
  polled,
  SECOND,
  snapshotOf,
  T0,
  tracked,
  tried,
} from '../../support/core-builders.ts';

describe('a bar', () => {
  test.each([
    [null, '░░░░░░░░░░'],
    [0, '░░░░░░░░░░'],
    [4, '░░░░░░░░░░'],
    [50, '█████░░░░░'],
    [99, '██████████'],
    [100, '██████████'],
  ])('of %s per cent', (progress, bar) => expect(barOf(progress, 10)).toBe(bar));

  test.each([
    [null, '– %'],
    [0, '0 %'],
    [33.4, '33 %'],
    [100, '100 %'],
  ])('reads %s', (progress, text) => expect(percentOf(progress)).toBe(text));
});

test('a summary names the job', () => {
  expect(summaryOf(DOCSWRITE)).toBe('docswrite job 42');
});

describe('the details at the UI', () => {
  test('say how far the job is', () => {
    const snapshot = snapshotOf({
      providerState: 'in_progress',
      progress: 40,
      stage: 'writing',
      title: 'A book',
      lastError: 'once',
    });
    const track = after(tracked(), polled(SECOND, snapshot, { memory: { expectedEndAtMs: T0 + MINUTE } }));
    expect(detailsOf(progressOf(track)).split('\n')).toEqual([
      '`████████░░░░░░░░░░░░` **40 %** · **running** (in\\_progress)',
      '- Stage: writing',
      '- Title: A book',
      `- Expected end: ${at(MINUTE)}`,
      '- Last error at the service: once',
      `- Last change ${at(SECOND)}, polls 7, tracked since ${at(0)}`,
    ]);
  });

  test('say what is wrong, and what was asked', () => {
    const track = after(
      tracked(),
      asked(SECOND),
      ...tried(SECOND, 'unauthorized'),
      degraded(MINUTE, { message: 'HTTP *503*' }),
    );
    expect(detailsOf(progressOf(track)).split('\n').slice(1)).toEqual([
      `- **Health: degraded** since ${at(MINUTE)}: HTTP \\*503\\*`,
      '- **Cancel: requested**: the service said: unauthorized',
      `- Last change not yet, polls 7, tracked since ${at(0)}`,
    ]);
  });

  test('say the outcome', () => {
    expect(detailsOf(progressOf(after(tracked(), polled(SECOND, completed))))).toContain('- **Outcome: completed**');
  });

  test('take no Markdown, HTML or line from a service', () => {
    const title = '# [click](javascript:x) <img src=x>\n- **`fake`** | _a_ \\\r\n\u2028end';
    const details = detailsOf(progressOf(after(tracked(), polled(SECOND, { title, providerState: '**x**' }))));
    expect(details.split('\n').slice(0, 2)).toEqual([
      '`░░░░░░░░░░░░░░░░░░░░` **– %** · **running** (\\*\\*x\\*\\*)',
      '- Title: # \\[click\\](javascript:x) \\<img src=x\\> - \\*\\*\\`fake\\`\\*\\* \\| \\_a\\_ \\\\ end',
    ]);
  });
});
