import type { Command } from 'commander';
import { Option } from 'commander';
import type { JobOutcome, JobState, JobSummary, ListFilter } from '../client.ts';
import { GRPC, grpcCodeOf } from '../client/grpc.ts';
import { PROVIDERS } from '../domain/providers.ts';
import { barOf, percentOf } from '../domain/render.ts';
import { registerCommand } from '../worker/search-attributes.ts';
import type { Act, Runner } from './command.ts';
import { examples } from './command.ts';
import { EXIT } from './exit-code.ts';
import { CommandError } from './failure.ts';
import { countValue, labelValue } from './option-values.ts';
import { withTemporal } from './reach.ts';
import { saidAfter } from './said-after.ts';
import { tableOf } from './table.ts';
import { plain } from './text.ts';

/** After the end of tracking the state is how it ended. */
type ListedState = JobState | JobOutcome['status'];

interface ListOptions {
  state?: ListedState;
  provider?: string;
  account?: string;
  health?: string;
  label?: Record<string, string>;
  limit: number;
}

const STATES: readonly ListedState[] = [
  'pending',
  'queued',
  'running',
  'completed',
  'failed',
  'cancelled',
  'moderated',
  'unknown',
  'abandoned',
  'lost',
  'not-found',
  'rejected',
  'timed-out',
  'unauthorized',
];
const HEALTHS = ['ok', 'degraded', 'stalled', 'overdue'];

export function addListCommand(program: Command, run: Runner): void {
  program
    .command('list')
    .description('list tracked jobs, newest first')
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(STATES))
    .addOption(new Option('--provider <name>', 'only jobs at this provider').choices(PROVIDERS.map(({ name }) => name)))
    .option('--account <name>', 'only jobs of this account')
    .addOption(new Option('--health <health>', 'only jobs of this health').choices(HEALTHS))
    .option('--label <key=value>', 'only jobs with this label; may be repeated', labelValue)
    .option('--limit <count>', 'at most so many', countValue, 50)
    .addHelpText('after', examples('list --state running', 'list --provider deepwriter --label team=docs --json'))
    .action(run(list));
}

const list: Act<ListOptions> = (context, options) =>
  withTemporal(context, options, async ({ tracker, namespace }) => {
    const { output } = context;
    const jobs = await saidAfter(output.note, 'listing …', () =>
      atMost(options.limit, tracker.list(filterOf(options))),
    ).catch((error: unknown) => {
      throw grpcCodeOf(error) === GRPC.INVALID_ARGUMENT ? noAttributes(namespace, error) : error;
    });
    output.answer(jobs, jobs.length === 0 ? 'no tracked jobs' : jobsTable(jobs));
    return EXIT.done;
  });

function filterOf({ state, provider, account, health, label }: ListOptions): ListFilter {
  return {
    ...(state === undefined ? {} : { state }),
    ...(provider === undefined ? {} : { provider }),
    ...(account === undefined ? {} : { account }),
    ...(health === undefined ? {} : { health }),
    ...(label === undefined ? {} : { labels: label }),
  };
}

async function atMost<T>(count: number, items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}

function noAttributes(namespace: string, cause: unknown): CommandError {
  const hint = `start a worker, which registers them, or run: ${registerCommand(namespace)}`;
  const told = { code: 'missing-search-attributes', exitCode: EXIT.usage, hint } as const;
  return new CommandError(`namespace ${namespace} lacks the search attributes to filter by`, told, { cause });
}

export function jobsTable(jobs: readonly JobSummary[]): string {
  const rows = jobs.map((job) => [
    job.workflowId,
    job.state ?? job.status.toLowerCase(),
    job.progress === null ? '–' : `${barOf(job.progress, 10)} ${percentOf(job.progress)}`,
    job.health ?? '–',
    job.startedAt.replace(/\.\d+Z$/, 'Z'),
    Object.entries(job.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  ]);
  return tableOf(
    ['WORKFLOW ID', 'STATE', 'PROGRESS', 'HEALTH', 'STARTED', 'LABELS'],
    rows.map((row) => row.map(plain)),
  );
}
