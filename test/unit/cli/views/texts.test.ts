import { describe, expect, test } from 'vitest';
import { cancelText, outcomeText, progressBlock, progressLine } from '../../../../src/cli/views/progress.ts';
import { cutText, jobsTable, tableOf, timelineTable } from '../../../../src/cli/views/table.ts';
import { inTime, plain, timeOfDay } from '../../../../src/cli/views/text.ts';
import { uiHintOf } from '../../../../src/cli/views/ui-hint.ts';
import { aProgress, abandoned, cancelled, completed, failed, NOW_MS } from '../builders.ts';

describe('the live view', () => {
  test('shows bar, state, polls with a countdown, and health', () => {
    expect(progressBlock(aProgress(), NOW_MS).split('\n')).toEqual([
      'docswrite job 42',
      '████████████░░░░░░░░░░░░░░░░░░ 40 % running (active)',
      'polls     7, last at 11:59:58Z, next in 3 s',
      'health    ok',
    ]);
  });

  test('counts down with the clock alone', () => {
    expect(progressBlock(aProgress(), NOW_MS + 2_000)).toContain('next in 1 s');
    expect(progressBlock(aProgress(), NOW_MS + 3_000)).toContain('next now');
  });

  test('shows stage, expected end, trouble, cancel, the last error and a message if there are any', () => {
    const progress = aProgress({
      title: 'A book',
      stage: 'planning',
      expectedEndAt: '2026-03-01T12:05:00.000Z',
      health: { status: 'degraded', since: '2026-03-01T11:59:00.000Z', error: 'http 503' },
      cancel: { phase: 'accepted', requestedAt: null, reason: 'wrong title', by: 'ann', attempts: 1, error: null },
      lastError: 'paper jam',
      message: 'waiting until the status says so',
    });
    expect(progressBlock(progress, NOW_MS).split('\n')).toEqual([
      'docswrite job 42 · A book',
      '████████████░░░░░░░░░░░░░░░░░░ 40 % running (active)',
      'stage     planning',
      'polls     7, last at 11:59:58Z, next in 3 s',
      'expected  end at 12:05:00Z, in 5 min',
      'health    degraded since 11:59:00Z: http 503',
      'cancel    accepted by ann (wrong title)',
      'error     paper jam (from the service, about an attempt)',
      'note      waiting until the status says so',
    ]);
  });

  test('of an ended job has an outcome, and no next poll', () => {
    const block = progressBlock(aProgress({ state: 'completed', outcome: completed }), NOW_MS);
    expect(block).toContain('outcome   completed: https://blog.example/post (after 61 s, 9 polls)');
    expect(block).not.toContain('next');
  });

  test('shows no percentage where there is none', () => {
    expect(progressBlock(aProgress({ progress: null }), NOW_MS)).toContain('– % running');
  });
});

test('a refused input is shown as such: it has neither state nor health', () => {
  const message = 'job.jobId must be a uuid';
  const refused = aProgress({ state: 'pending', providerState: null, progress: null, nextPollAt: null, message });
  const text = 'input refused: job.jobId must be a uuid; nothing is tracked';
  expect(progressBlock(refused, NOW_MS)).toBe(`docswrite job 42\n${text}`);
  expect(progressLine(refused)).toBe(`11:59:58Z docswrite job 42: ${text}`);
});

test('a change is one line', () => {
  expect(progressLine(aProgress({ stage: 'planning', lastError: 'paper jam' }))).toBe(
    '11:59:58Z docswrite job 42: running (active) 40 % · stage planning · polls 7 · last error paper jam',
  );
  expect(progressLine(aProgress({ outcome: failed, lastError: 'no more paper' }))).toContain(
    'outcome failed: no more paper',
  );
});

test('text of a service cannot move the cursor, forge a line or reverse the writing direction', () => {
  expect(plain('a\u001b[2Jb\nc\u202ed\u009be')).toBe('ab cd');
  const line = progressLine(aProgress({ message: 'x\u001b]0;owned\u0007\ny', stage: 'a\rb' }));
  // oxlint-disable-next-line no-control-regex -- the pattern must match control characters
  expect(line).not.toMatch(/[\u0000-\u001f]/);
});

test.each([
  [completed, 'completed: https://blog.example/post (after 61 s, 9 polls)'],
  [
    { ...completed, warnings: ['a', 'b'] },
    'completed: https://blog.example/post, with 2 warnings: a; b (after 61 s, 9 polls)',
  ],
  [failed, 'failed: no more paper (after 61 s, 9 polls)'],
  [cancelled, 'cancelled on request (after 61 s, 9 polls)'],
  [abandoned, 'abandoned: the service has no cancel; the job goes on at the service (after 61 s, 9 polls)'],
])('an outcome reads as a sentence', (outcome, text) => {
  expect(outcomeText(outcome)).toBe(text);
});

test("a cancel says who asked, why, and the service's objection", () => {
  const state = {
    phase: 'refused',
    requestedAt: null,
    reason: 'late',
    by: 'ann',
    attempts: 3,
    error: 'http 400',
  } as const;
  expect(cancelText(state)).toBe('refused by ann (late): http 400');
});

test('a table is as wide as its widest cells, with numbers to the right', () => {
  expect(
    tableOf(
      ['NAME', 'N'],
      [
        ['ä', '1'],
        ['longer', '12'],
      ],
    ),
  ).toBe('NAME     N\n──────  ──\nä        1\nlonger  12');
  expect(tableOf(['A'], [])).toBe('A\n─');
  expect(tableOf(['A', 'B'], [['日本', 'b']])).toBe('A     B\n────  ─\n日本  b');
});

test('a list has a line for each job, also for one without attributes', () => {
  const common = { job: null, status: 'RUNNING', startedAt: '2026-03-01T12:00:00.123Z', closedAt: null };
  const shown = jobsTable([
    { ...common, workflowId: 'job:a', state: 'running', health: 'ok', progress: 40, labels: { a: '1', b: '2' } },
    { ...common, workflowId: 'job:bare', state: null, health: null, progress: null, labels: {} },
  ]);
  expect(shown.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['WORKFLOW ID', 'STATE', 'PROGRESS', 'HEALTH', 'STARTED', 'LABELS'],
    expect.anything(),
    ['job:a', 'running', '████░░░░░░ 40 %', 'ok', '2026-03-01T12:00:00Z', 'a=1 b=2'],
    ['job:bare', 'running', '–', '–', '2026-03-01T12:00:00Z'],
  ]);
});

test('a timeline has a line for each change', () => {
  const entry = { at: '2026-03-01T12:00:00.123Z', state: 'running', providerState: null, progress: null } as const;
  const lines = timelineTable([entry, { ...entry, progress: 12.4, note: 'cancel accepted' }]).split('\n');
  expect(lines.slice(2).map((line) => line.split(/ {2,}/))).toEqual([
    [entry.at, 'running', '–', '– %'],
    [entry.at, 'running', '–', '12 %', 'cancel accepted'],
  ]);
});

test('times are short', () => {
  expect(timeOfDay('2026-03-01T12:00:03.456Z')).toBe('12:00:03Z');
  expect(timeOfDay('soon')).toBe('soon');
  expect(inTime('2026-03-01T12:00:42.000Z', NOW_MS)).toBe('in 42 s');
  expect(inTime('2026-03-01T11:00:00.000Z', NOW_MS)).toBe('now');
});

test.each([
  ['127.0.0.1:7233', 'http://localhost:8233/namespaces/default/workflows/job%3Ax'],
  ['jobs.a2dd6.tmprl.cloud:7233', 'https://cloud.temporal.io/namespaces/default/workflows/job%3Ax'],
  ['temporal.internal:7233', "in Temporal's UI: namespace default, workflow id job:x"],
  ['127.0.0.1:40000', "in Temporal's UI: namespace default, workflow id job:x"],
])('a workflow at %s is found in the UI', (address, hint) => {
  expect(uiHintOf({ address, namespace: 'default', workflowId: 'job:x' })).toBe(hint);
});

test('a cut list says that there are more, and how many where the server counts', () => {
  expect(cutText(50, 70)).toBe('warning: only the 50 newest of 70 jobs; --limit all lists all');
  expect(cutText(50, null)).toBe('warning: only the 50 newest, and there are more; --limit all lists all');
});
