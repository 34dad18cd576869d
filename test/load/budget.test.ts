import { expect, test } from 'vitest';
import { playBudget } from '../support/budget-play.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';

test('I8: 30 jobs on an account of 240 requests per minute never see a 429, and are polled within twice the fair interval', async () => {
  const rig = await startDevServerRig({ budget: 240 });
  const report = await playBudget({ rig, jobs: 30, budget: 240, lengthMs: 25_000 });
  await rig.close();
  expect(report).toMatchObject({ refused: 0, outcomes: { completed: 30 } });
  expect(report.busiestMinute).toBeLessThanOrEqual(240);
  // The start of 30 workflows at the same time takes seconds on a busy machine. `npx tsx bench/budget.ts` measures without this extra time.
  expect(report.longestGapMs).toBeLessThan(2 * report.fairMs + 3_000);
}, 120_000);
