import type { NativeConnection } from '@temporalio/worker';
import { searchAttributes, wire } from '../contract/index.ts';
import type { Measure } from '../contract/metrics.ts';

/** Enough for a dashboard: at most 21 counts per provider each time, whatever the number of jobs. */
const EVERY_MS = 30_000;
/** Those of open workflows; all others end a job at once. */
const STATES = ['pending', 'queued', 'running', 'moderated', 'unknown'];
const TROUBLED = ['degraded', 'stalled', 'overdue'];

/** Without one of these there is nothing to count by. */
export const CENSUS_ATTRIBUTES = [searchAttributes.provider, searchAttributes.state, searchAttributes.health].map(
  ({ name }) => name,
);

export interface CensusSetup {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly providers: readonly string[];
  readonly measure: Measure;
}

/**
 * Counts the open jobs by provider, state and health from time to time. It asks the server's index: a worker alone knows only the
 * jobs that it polled last, and several workers would count a job that moves between them twice.
 * @returns ends it
 */
export function startCensus(setup: CensusSetup): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const count = async (): Promise<void> => {
    // An index that cannot be asked now leaves the last numbers standing; the next round asks again.
    await takeCensus(setup).catch(() => undefined);
    if (!isOver) timer = setTimeout(() => void count(), EVERY_MS).unref();
  };
  void count();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

async function takeCensus({ connection, namespace, taskQueue, providers, measure }: CensusSetup): Promise<void> {
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
      let wellMany = all;
      for (const health of TROUBLED) {
        const many = all === 0 ? 0 : await countOf({ ...those, [healthKey.name]: health });
        wellMany -= many;
        measure('jobtrack_jobs', many, { provider, state, health });
      }
      // Counted one after the other, while jobs go on: never below none.
      measure('jobtrack_jobs', Math.max(0, wellMany), { provider, state, health: 'ok' });
    }
  }
}
