import { describe, expect, test } from 'vitest';
import { judgeFairness, judgePollers } from '../../../../src/cli/doctor/judge-server.ts';

describe('fairness', () => {
  test('of one account needs nothing', () => {
    expect(judgeFairness('1.28.0', 1)).toEqual({
      name: 'fairness',
      status: 'ok',
      message: 'not needed for one account',
      hint: null,
    });
  });

  test.each(['1.29.0', '1.32.1', '2.0.0'])(
    'is known to server %s, and the hint says how to switch it on',
    (version) => {
      expect(judgeFairness(version, 2)).toMatchObject({
        status: 'ok',
        hint: expect.stringContaining('matching.enableFairness'),
      });
    },
  );

  test.each(['1.28.2', '', 'newest'])('is not known to server "%s", which is a warning', (version) => {
    expect(judgeFairness(version, 2)).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('delay those of the others'),
      hint: expect.stringContaining('upgrade the server to 1.29'),
    });
  });
});

describe('the long polls', () => {
  test('of few workers are far below the limit', () => {
    expect(judgePollers(2, 1)).toEqual({
      name: 'pollers',
      status: 'ok',
      message:
        '2 workers and 1 pool: at most 94 long polls at a time; one frontend of the server allows 1200, waiting callers included',
      hint: null,
    });
  });

  test('that may reach half of the limit are a warning: callers who wait need the rest', () => {
    expect([judgePollers(12, 1).status, judgePollers(13, 1).status]).toEqual(['ok', 'warning']);
  });
});
