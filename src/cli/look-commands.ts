import type { Command } from 'commander';
import type { JobProgress, TimelineEntry, TrackedJob } from '../client.ts';
import { NotTrackedError } from '../client.ts';
import type { Act, Runner } from './command.ts';
import { examples } from './command.ts';
import type { ExitCode } from './exit-code.ts';
import { EXIT } from './exit-code.ts';
import type { AddressOptions } from './job-address.ts';
import { addressOf, withAddress } from './job-address.ts';
import type { Output } from './output.ts';
import { TIMELINE_LENGTH } from '../tracking/apply.ts';
import { isRefused } from '../contract/progress.ts';
import { percentOf } from '../contract/render.ts';
import { progressBlock, refusalText } from './progress-view.ts';
import { withTemporal } from './reach.ts';
import { saidAfter } from './said-after.ts';
import { tableOf } from './table.ts';
import { plain } from './text.ts';

/** Adds the commands that look at a job, or make the worker look, and change nothing. */
export function addLookCommands(program: Command, run: Runner): void {
  withAddress(program.command('status'))
    .description('show the progress of a job')
    .addHelpText('after', examples('status docswrite 42', 'status docswrite 42 --queue-type publish --json'))
    .action(run(onJob(status)));
  withAddress(program.command('timeline'))
    .description(`show the last ${TIMELINE_LENGTH} changes of state, health and cancel`)
    .addHelpText('after', examples('timeline docswrite 42', 'timeline job:docswrite:default:post:42 --json'))
    .action(run(onJob(timeline)));
  withAddress(program.command('refresh'))
    .description('poll the job now')
    .addHelpText('after', examples('refresh docswrite 42'))
    .action(run(onJob(refresh)));
}

type Look = (tracked: TrackedJob, output: Output) => Promise<ExitCode>;

function onJob(look: Look): Act<AddressOptions> {
  return (context, options, args) => {
    const address = addressOf(args, options);
    return withTemporal(context, options, ({ tracker }) => look(tracker.get(address), context.output));
  };
}

function askingWorker<T>(output: Output, ask: () => Promise<T>): Promise<T> {
  return saidAfter(output.note, 'waiting for a worker to answer …', ask);
}

async function status(tracked: TrackedJob, output: Output): Promise<ExitCode> {
  const progress = await askingWorker(output, () => tracked.progress());
  output.answer({ workflowId: tracked.workflowId, ...progress }, progressBlock(progress, Date.now()));
  return EXIT.done;
}

async function timeline(tracked: TrackedJob, output: Output): Promise<ExitCode> {
  const entries = await askingWorker(output, () => tracked.timeline());
  output.answer(entries, entries.length === 0 ? 'nothing has changed yet' : timelineTable(entries));
  if (entries.length === TIMELINE_LENGTH) output.note(`only the last ${TIMELINE_LENGTH} changes are kept`);
  return EXIT.done;
}

export function timelineTable(entries: readonly TimelineEntry[]): string {
  const rows = entries.map(({ at, state, providerState, progress, note }) =>
    [at, state, providerState ?? '–', percentOf(progress), note ?? ''].map(plain),
  );
  return tableOf(['AT', 'STATE', 'PROVIDER SAYS', 'PROGRESS', 'NOTE'], rows);
}

async function refresh(tracked: TrackedJob, output: Output): Promise<ExitCode> {
  const { workflowId } = tracked;
  try {
    await tracked.refresh();
    output.answer({ workflowId, requested: true, outcome: null }, `${workflowId} will be polled now`);
  } catch (error) {
    if (!(error instanceof NotTrackedError)) throw error;
    const progress = await askingWorker(output, () => progressOfClosed(tracked, error));
    const { outcome } = progress;
    const ended = outcome === null ? refusalText(progress) : `has ended (${outcome.status})`;
    output.answer({ workflowId, requested: false, outcome }, `${workflowId}: ${ended}, so there is nothing to poll`);
  }
  return EXIT.done;
}

/** A closed workflow takes no signal, and the server says so as if it had never been. */
async function progressOfClosed(tracked: TrackedJob, error: NotTrackedError): Promise<JobProgress> {
  const progress = await tracked.progress();
  if (progress.outcome === null && !isRefused(progress)) throw error;
  return progress;
}
