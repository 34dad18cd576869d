import type { CostRow } from './cost/table.ts';
import type { PolicyRow } from './policy/table.ts';
import type { ScaleRow } from './scale/table.ts';

export interface Results {
  machine: string;
  policy?: PolicyRow[];
  cost?: CostRow[];
  scale?: ScaleRow[];
}

type Column<Row> = readonly [title: string, value: (row: Row) => string | number];

/** The cost of the plain loop, divided by the cost of the tracker. */
interface CostRatio {
  row: CostRow;
  events: number;
  cpu: number;
  polls: number;
  cpuPerPoll: number;
}

const times = (ratio: number): string => `${ratio.toFixed(1)} x less`;
const cpuMsOf = ({ serverCpuMs, workerCpuMs }: CostRow): number => serverCpuMs + workerCpuMs;

function ratiosOf(cost: readonly CostRow[]): CostRatio[] {
  const plain = cost.find(({ subject }) => subject !== 'tracker');
  if (plain === undefined) return [];
  return cost
    .filter(({ subject }) => subject === 'tracker')
    .map((row) => {
      const [cpu, polls] = [cpuMsOf(plain) / cpuMsOf(row), plain.polls / row.polls];
      return { row, events: plain.events / row.events, cpu, polls, cpuPerPoll: cpu / polls };
    });
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

const POLICY: readonly Column<PolicyRow>[] = [
  ['profile', (row) => row.profile],
  ['policy', (row) => row.policy],
  ['polls', (row) => row.polls.toFixed(1)],
  ['polls p99', (row) => row.pollsP99],
  ['delay mean s', (row) => seconds(row.delayMeanMs)],
  ['delay p95 s', (row) => seconds(row.delayP95Ms)],
  ['delay max s', (row) => seconds(row.delayMaxMs)],
];
const COST: readonly Column<CostRow>[] = [
  ['subject', (row) => row.subject],
  ['profile', (row) => row.profile],
  ['cadence', (row) => row.cadence],
  ['events', (row) => row.events],
  ['attempts', (row) => row.attempts],
  ['server CPU ms', (row) => row.serverCpuMs],
  ['worker CPU ms', (row) => row.workerCpuMs],
  ['polls', (row) => row.polls],
];
const AGAINST_PLAIN: readonly Column<CostRatio>[] = [
  ['tracker', ({ row }) => `${row.profile}, ${row.cadence}`],
  ['events', ({ events }) => times(events)],
  ['CPU', ({ cpu }) => times(cpu)],
  ['polls', ({ polls }) => times(polls)],
  ['CPU for a poll', ({ cpuPerPoll }) => times(cpuPerPoll)],
];
const SCALE: readonly Column<ScaleRow>[] = [
  ['jobs', (row) => row.jobs],
  ['cadence', (row) => row.cadence],
  ['polls/s', (row) => row.pollsPerS],
  ['lateness p50 ms', (row) => row.latenessP50Ms],
  ['lateness p99 ms', (row) => row.latenessP99Ms],
  ['query p99 ms', (row) => row.queryP99Ms],
  ['cancel p99 ms', (row) => row.cancelP99Ms],
  ['starts/s', (row) => row.startsPerS],
  ['worker MB', (row) => row.workerMb],
  ['server MB', (row) => row.serverMb],
];

function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[] | undefined): string {
  if (rows === undefined) return 'Not run yet.\n';
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`;
  const head = line(columns.map(([title]) => title)) + line(columns.map(() => '---'));
  return head + rows.map((row) => line(columns.map(([, value]) => value(row)))).join('');
}

/** @returns the tables of the parts that ran, as Markdown */
export function tablesOf({ machine, policy, cost, scale }: Results): string {
  const parts = [
    policy === undefined ? '' : table(POLICY, policy),
    cost === undefined ? '' : `${table(COST, cost)}\n${table(AGAINST_PLAIN, ratiosOf(cost))}`,
    scale === undefined ? '' : table(SCALE, scale),
  ].filter((part) => part !== '');
  return `${machine}\n\n${parts.join('\n')}`;
}

/** @returns the text of bench/RESULTS.md */
export function documentOf({ machine, policy, cost, scale }: Results): string {
  return `# What polling costs, and how late it sees an end
\`npm run bench -- --save\` writes this file. [results.json](results.json) has the numbers as JSON. Machine: ${machine}.

## Policy: polls and delay
This part runs the real core in virtual time, with 4 000 jobs for each row. Each answer goes through \`evaluate\`, as in the status activity. Fewer polls at the same delay are better. Less delay at the same number of polls is better too.

- **Durations** are lognormal, with median 1 800 s (\`short\`: 25 s) and sigma 0.3. Every policy gets the same jobs, by \`--seed\`. The worker tracks 200 such jobs before the jobs that count. In the rows "nothing learnt" it does not.
- **\`polls\`** is the mean for each job. **Delay** is the time from a job's end to the poll that sees it.
- **Profiles.** \`x\` is the share of the duration that has passed. The service shows this progress: steady 1 % \`floor(100 x)\` · steady 10 % \`10 floor(10 x)\` · slow start \`floor(100 x²)\` · fast start
  \`floor(100 sqrt(x))\` · stuck at 95 % \`min(95, floor(95 x / 0.6))\` · jump at 60 % \`floor(60 x)\` · none and short: nothing. \`short\` is a service whose \`usualMs\` is 60 s.
- **Policies.** *fixed* and *adaptive* are the tracker's own modes. *exponential* and *full jitter* (2 s to min(2 s · 2ⁿ, 120 s)) are common in client libraries.

${table(POLICY, policy)}
## Cost: history and CPU for one job
This part runs in real time. Each row has 40 jobs of 30 min at the same time. All rows are from one run, each on a development server of its own (\`--side-by-side\`). Without this option they run one after the other on one server.

- **CPU** is for each job, and is read from \`/proc/<pid>/stat\`. The CPU that server and worker use without a job is subtracted. It is measured for 3 min after each row.
- **Costs that a process has only once**, such as compiling, are left out. For this, each row begins with the same number of jobs of a tenth of that length. A worker and a server that have just started need about 0.2 s of CPU more for each of their first 40 jobs.
- **The plain loop** is a workflow that calls an activity and sleeps 5 s (\`bench/cost/plain-workflow.ts\`). It costs the same for every kind of progress, so it has one row.
- **\`events\`** is the length of the history. **\`attempts\`** counts the attempts of activities. **\`polls\`** counts the requests that the service got.

${table(COST, cost)}
Compared with the plain loop, server and worker together:

${table(AGAINST_PLAIN, cost === undefined ? undefined : ratiosOf(cost))}
## Scale: many jobs at once
This part runs in real time, with one worker process (\`JOBTRACK_MEMORY_MB=1024\`, \`JOBTRACK_MAX_HOLDS\` = jobs), one development server and one simulator on the same machine. The measurement starts when all jobs have been polled twice. During the measurement, 4 queries a second go to different jobs, and up to 200 jobs (at most a tenth) are cancelled.

- **Lateness** is the time from one request to the next, minus the interval. It includes the time of the answer. Jitter is off, so that the interval is known.
- **Cancel** is the time from the signal to the moment when the service gets the cancel.
- **MB** are resident memory at the end.

${table(SCALE, scale)}`;
}
