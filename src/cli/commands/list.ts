import { type Command, Option } from 'commander';
import type { JobOutcome, JobState, ListFilter } from '../../client.ts';
import { detailsOf, GRPC, grpcCodeOf } from '../../client-library/grpc.ts';
import { PROVIDERS } from '../../providers/registry/traits.ts';
import { registerCommand } from '../../worker-host/search-attributes.ts';
import { type Act, examples, type Runner } from '../command.ts';
import { CommandError, EXIT } from '../exit.ts';
import { countOrAllValue, labelValue } from '../options/values.ts';
import { withTemporal } from '../connection.ts';
import { cutText, jobsTable } from '../views/table.ts';

/** After the end of tracking, the state is the status of the outcome. */
type ListedState = JobState | JobOutcome['status'];

interface ListOptions extends Pick<ListFilter, 'state' | 'provider' | 'account' | 'health'> {
  label?: Record<string, string>;
  open?: true;
  closed?: true;
  limit: number;
}

const STATES = [
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
] as const satisfies readonly ListedState[];
true satisfies Exclude<ListedState, (typeof STATES)[number]> extends never ? true : 'a state is missing';
const HEALTHS = ['ok', 'degraded', 'stalled', 'overdue'];

export function addListCommand(program: Command, run: Runner): void {
  program
    .command('list')
    .description('list tracked jobs, newest first')
    .addOption(new Option('--state <state>', 'only jobs in this state, or that ended like this').choices(STATES))
    .addOption(new Option('--provider <name>', 'only jobs at this provider').choices(PROVIDERS.map(({ name }) => name)))
    .option('--account <name>', 'only jobs of this account')
    .addOption(new Option('--health <health>', 'only jobs of this health').choices(HEALTHS))
    .option('--label <key=value>', 'only jobs with this label; may be repeated', labelValue)
    .addOption(new Option('--open', 'only jobs that are being tracked').conflicts('closed'))
    .option('--closed', 'only jobs whose tracking has ended')
    .option('--limit <count>', 'list at most this many jobs; all: no bound', countOrAllValue, 50)
    .addHelpText(
      ...examples('list --state running', 'list --open --health degraded --limit all', 'list --label team=docs --json'),
    )
    .action(run(list));
}

const list: Act<ListOptions> = (context, options) =>
  withTemporal(context, options, async ({ tracker, namespace }) => {
    const { output } = context;
    const { limit } = options;
    const filter = filterOf(options);
    const found = await output
      .noteIfSlow('listing …', () => atMost(limit + 1, tracker.list(filter)))
      .catch((error: unknown) => {
        throw withAdvice(error, namespace);
      });
    const jobs = found.slice(0, limit);
    output.answer(jobs, jobs.length === 0 ? 'no tracked jobs' : jobsTable(jobs));
    if (found.length > limit) output.note(cutText(limit, await tracker.count(filter).catch(() => null)));
    return EXIT.done;
  });

function filterOf({ state, provider, account, health, label, open, closed }: ListOptions): ListFilter {
  return { state, provider, account, health, labels: label, open: closed === true ? false : open };
}

async function atMost<T>(count: number, items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}

/** @returns an error with advice, if the server does not know our search attributes */
function withAdvice(cause: unknown, namespace: string): unknown {
  if (grpcCodeOf(cause) !== GRPC.INVALID_ARGUMENT || !/search attribute/i.test(detailsOf(cause))) return cause;
  const hint = `start a worker, which registers them, or run: ${registerCommand(namespace)}`;
  const facts = { code: 'missing-search-attributes', exitCode: EXIT.usage, hint } as const;
  return new CommandError(`namespace ${namespace} lacks the search attributes to filter by`, facts, { cause });
}
