import type { NativeConnection } from '@temporalio/worker';
import type { PollScheduler } from '../activities/check-job-status/poll-scheduler.ts';
import type { Holds } from '../activities/check-job-status/holds.ts';
import type { Config } from '../config/index.ts';
import { searchAttributes, wire } from '../contract/index.ts';
import type { Measure } from '../contract/metrics.ts';
import type { AdmissionState } from '../polling/admission.ts';
import { saturationOf } from '../polling/overload.ts';
import type { Accounts } from './accounts/directory.ts';
import { isChosen } from './search-attributes.ts';

/** What the gauges show. */
export interface Measured {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly config: Config;
  readonly accounts: Accounts;
  readonly holds: Holds;
  readonly polls: PollScheduler;
  readonly measure: Measure;
}

const EVERY_MS = 5_000;
const BREAKER_STATE = { closed: 0, recovering: 1, open: 2 } as const satisfies Record<
  AdmissionState['breaker']['state'],
  number
>;

/** Records holds, saturation and circuit breakers every 5 s, and if metrics are exported, open jobs every 30 s. @returns a function that stops it */
export function startGauges(measured: Measured): () => void {
  const { config, accounts, holds, polls, measure } = measured;
  const shown = new Map<string, { provider: string; account: string }>();
  const show = (): void => {
    measure('jobtrack_holds', holds.waiting(), {});
    measure('jobtrack_worker_saturation', saturationOf(polls.load()), {});
    const now = new Map(accounts.limiters().map((one) => [`${one.provider}/${one.account}`, one]));
    // A gauge keeps its last value. An account that is no longer polled must not look broken for ever.
    for (const [key, labels] of shown) if (!now.has(key)) measure('jobtrack_breaker_state', 0, labels);
    shown.clear();
    for (const [key, { limiter, ...labels }] of now) {
      measure('jobtrack_breaker_state', BREAKER_STATE[limiter.breaker()], labels);
      shown.set(key, labels);
    }
  };
  show();
  const timer = setInterval(show, EVERY_MS).unref();
  const needed = [searchAttributes.provider, searchAttributes.state, searchAttributes.health];
  const isCounting =
    config.metricsAddress !== null && needed.every(({ name }) => isChosen(config.searchAttributes, name));
  const stopCounting = isCounting ? startJobCounts(measured) : () => undefined;
  return () => {
    clearInterval(timer);
    stopCounting();
  };
}

/** A dashboard needs no more. One round makes at most 20 counts per provider, for any number of jobs. */
const COUNT_EVERY_MS = 30_000;
/** The states of open workflows. The others end a job at once. */
const STATES = ['pending', 'queued', 'running', 'moderated', 'unknown'];
const TROUBLED = ['degraded', 'stalled', 'overdue'];

/**
 * Counts the open jobs by provider, state and health, every 30 s. It asks the server's index. A worker knows only the jobs that it
 * polled last, and two workers would both count a job that moves between them.
 * @returns a function that stops it
 */
function startJobCounts(measured: Measured): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const count = async (): Promise<void> => {
    // If the index does not answer, the last numbers stay. The next round asks again.
    await countJobs(measured).catch(() => undefined);
    if (!isOver) timer = setTimeout(() => void count(), COUNT_EVERY_MS).unref();
  };
  void count();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

async function countJobs({ connection, namespace, config, accounts, measure }: Measured): Promise<void> {
  const { provider: providerKey, state: stateKey, health: healthKey } = searchAttributes;
  const countOf = async (conditions: Record<string, string>): Promise<number> => {
    const query = Object.entries(conditions).map(([name, value]) => `${name} = "${value}"`);
    const answer = await connection.workflowService.countWorkflowExecutions({ namespace, query: query.join(' AND ') });
    return Number(answer.count);
  };
  const open = { WorkflowType: wire.workflow, ExecutionStatus: 'Running', TaskQueue: config.taskQueue };
  for (const provider of accounts.providers()) {
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
