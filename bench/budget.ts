import { playBudget } from '../test/support/budget-play.ts';
import { withRig } from './servers.ts';

// 30 jobs at once on an account of 60 requests per minute, against a service that refuses the 61st in any 60 s (I8). About 7 minutes.
//   npx tsx bench/budget.ts [jobs] [budget] [seconds that a job takes]

const [jobs = 30, budget = 60, seconds = 300] = process.argv.slice(2).map(Number);
const report = await withRig({ budget }, (rig) => playBudget({ rig, jobs, budget, lengthMs: seconds * 1_000 }));
console.log(JSON.stringify(report, null, 2));
const isKept = report.refused === 0 && report.busiestMinute <= budget && report.longestGapMs <= 2 * report.fairMs;
const isDone = report.outcomes['completed'] === jobs;
console.log(isKept && isDone ? 'kept' : 'BROKEN');
process.exitCode = isKept && isDone ? 0 : 1;
