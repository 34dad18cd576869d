import { playOutage } from '../test/support/outage-play.ts';
import { programLine } from '../src/process/program-line.ts';
import { wholeNumberFrom } from '../test/support/number-arguments.ts';
import { withRig } from './servers.ts';

// A service with 200 jobs is down for 90 s. It takes about 4 minutes.

const line = programLine(
  'npx tsx bench/outage.ts',
  'A service is down under many jobs: it is probed gently, and all are polled again soon after.',
)
  .argument('[jobs]', 'how many', wholeNumberFrom(1), 200)
  .argument('[outage]', 'seconds that it lasts', wholeNumberFrom(1), 90)
  .argument('[calm]', 'seconds before it', wholeNumberFrom(0), 45);
const [jobs, outage, calm] = line.parse().processedArgs as [number, number, number];
const times = { calmMs: calm * 1_000, outageMs: outage * 1_000, restMs: 60_000 };
const report = await withRig({}, (rig) => playOutage({ rig, jobs, ...times }));
console.log(JSON.stringify(report, null, 2));
const isQuiet = (report.shortestGapMs ?? Number.POSITIVE_INFINITY) >= 5_000;
const isKept = isQuiet && report.recoveredMs.last <= 60_000;
console.log(isKept ? 'kept' : 'BROKEN');
process.exitCode = isKept ? 0 : 1;
