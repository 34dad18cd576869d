import { expect, test } from 'vitest';
import { judgePaused } from '../../../../src/cli/doctor/paused.ts';

test('without paused jobs, all is well, also on a server that cannot pause workflows', () => {
  const check = { name: 'paused', status: 'ok', message: 'no job is paused', hint: null };
  expect(judgePaused('books', { polls: 0, workflows: null })).toEqual(check);
  expect(judgePaused('books', { polls: 0, workflows: 0 })).toEqual(check);
});

test('paused polls are a warning, and the hint finds their jobs', () => {
  const { status, message, hint } = judgePaused("team's", { polls: 3, workflows: null });
  expect([status, message]).toEqual(['warning', 'an operator has paused the polls of 3 jobs']);
  expect(hint).toContain(
    "temporal workflow list --query \"WorkflowType = 'trackJob' AND TaskQueue = 'team\\'s' AND ExecutionStatus = 'Running' AND TemporalPauseInfo = 'property:activityType=checkJobStatus'\"",
  );
});

test('paused workflows come first, because they also receive no cancel', () => {
  const { status, message, hint } = judgePaused('books', { polls: 3, workflows: 1 });
  expect([status, message]).toEqual([
    'warning',
    'an operator has paused the workflows of 1 job: nothing is polled or cancelled until they are unpaused',
  ]);
  expect(hint).toContain("ExecutionStatus = 'Paused'");
});
