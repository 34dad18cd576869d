import { playBudget } from '../test/support/budget-play.ts';
import { programLine } from '../src/process/program-line.ts';
import { wholeNumberFrom } from '../test/support/number-arguments.ts';
import { withRig } from './servers.ts';

// 30 jobs at once share an account with a budget of 60 requests per minute. The service refuses the 61st request in any 60 s (I8).
// It takes about 7 minutes.

const line = programLine(
  'npx tsx bench/budget.ts',
  'Many jobs at once on one account never pass its budget of requests.',
)
  .argument('[jobs]', 'how many', wholeNumberFrom(1), 30)
  .argument('[budget]', 'requests a minute', wholeNumberFrom(1), 60)
  .argument('[seconds]', 'that a job takes', wholeNumberFrom(1), 300);
const [jobs, budget, seconds] = line.parse().processedArgs as [number, number, number];
const report = await withRig({ budget }, (rig) => playBudget({ rig, jobs, budget, lengthMs: seconds * 1_000 }));
console.log(JSON.stringify(report, null, 2));
const isKept = report.refused === 0 && report.busiestMinute <= budget && report.longestGapMs <= 2 * report.fairMs;
const isDone = report.outcomes['completed'] === jobs;
console.log(isKept && isDone ? 'kept' : 'BROKEN');
process.exitCode = isKept && isDone ? 0 : 1;
