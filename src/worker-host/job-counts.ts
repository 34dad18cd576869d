import type { NativeConnection } from '@temporalio/worker';
import { searchAttributes, wire } from '../contract/index.ts';
import type { Measure } from '../contract/metrics.ts';

/** A dashboard needs no more. One round makes at most 20 counts per provider, for any number of jobs. */
const EVERY_MS = 30_000;
/** The states of open workflows. The others end a job at once. */
const STATES = ['pending', 'queued', 'running', 'moderated', 'unknown'];
const TROUBLED = ['degraded', 'stalled', 'overdue'];

/** The counts need all of these search attributes. */
export const COUNT_ATTRIBUTES = [searchAttributes.provider, searchAttributes.state, searchAttributes.health].map(
  ({ name }) => name,
);

export interface JobCountsSetup {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly providers: readonly string[];
  readonly measure: Measure;
}

/**
 * Counts the open jobs by provider, state and health, every 30 s. It asks the server's index. A worker knows only the jobs that it
 * polled last, and two workers would both count a job that moves between them.
 * @returns a function that stops it
 */
export function startJobCounts(setup: JobCountsSetup): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const count = async (): Promise<void> => {
    // If the index does not answer, the last numbers stay. The next round asks again.
    await countJobs(setup).catch(() => undefined);
    if (!isOver) timer = setTimeout(() => void count(), EVERY_MS).unref();
  };
  void count();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

async function countJobs({ connection, namespace, taskQueue, providers, measure }: JobCountsSetup): Promise<void> {
  const { provider: providerKey, state: stateKey, health: healthKey } = searchAttributes;
  const countOf = async (conditions: Record<string, string>): Promise<number> => {
    const query = Object.entries(conditions).map(([name, value]) => `${name} = "${value}"`);
    const answer = await connection.workflowService.countWorkflowExecutions({ namespace, query: query.join(' AND ') });
    return Number(answer.count);
  };
  const open = { WorkflowType: wire.workflow, ExecutionStatus: 'Running', TaskQueue: taskQueue };
  for (const provider of new Set(providers)) {
    for (const state of STATES) {
      const those = { ...open, [providerKey.name]: provider, [stateKey.name]: state };
      const all = await countOf(those);
      let ok = all;
      for (const health of TROUBLED) {
        const count = all === 0 ? 0 : await countOf({ ...those, [healthKey.name]: health });
        ok -= count;
        measure('jobtrack_jobs', count, { provider, state, health });
      }
      // The counts are taken one after the other, while jobs change. So the difference can be negative.
      measure('jobtrack_jobs', Math.max(0, ok), { provider, state, health: 'ok' });
    }
  }
}
