import { playOutage } from '../test/support/outage-play.ts';
import { withRig } from './servers.ts';

// A service that is down for 90 s, with 200 jobs. About 4 minutes.
//   npx tsx bench/outage.ts [jobs] [seconds of outage] [seconds before it]

const [jobs = 200, outage = 90, calm = 45] = process.argv.slice(2).map(Number);
const times = { calmMs: calm * 1_000, outageMs: outage * 1_000, restMs: 60_000 };
const report = await withRig({}, (rig) => playOutage({ rig, jobs, ...times }));
console.log(JSON.stringify(report, null, 2));
const isQuiet = (report.shortestGapMs ?? Number.POSITIVE_INFINITY) >= 5_000;
const isKept = isQuiet && report.recoveredMs.last <= 60_000;
console.log(isKept ? 'kept' : 'BROKEN');
process.exitCode = isKept ? 0 : 1;
