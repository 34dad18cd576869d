import { isRecord } from './json.ts';
import { fieldOf, isWholeMs, type Problem, problemUnless } from './problem.ts';

/** Time limits of a job, ms, 1 s to 366 days; null: no limit. */
export interface Limits {
  /** Since tracking began, without the wait for a scheduled start. Default: 24 h. */
  totalMs: number | null;
  /** Since the job was queued, without the wait for a scheduled start. Default: null. */
  queuedMs: number | null;
  /** Since the job began to run. Default: null. */
  runningMs: number | null;
  /** Without a change, while the job runs or has an unknown status. After it, only `health` changes to `stalled`. Default: 30 min. */
  stalledMs: number | null;
  /**
   * What happens when `totalMs`, `queuedMs` or `runningMs` passes. `stop`: tracking ends as `timed-out`, and the job goes on. `cancel`:
   * the job is cancelled first. `alert`: only `health` changes, to `overdue`. Default: `stop`.
   */
  onLimit: 'stop' | 'cancel' | 'alert';
}

export const LIMIT_NAMES = ['totalMs', 'queuedMs', 'runningMs', 'stalledMs'] as const satisfies (keyof Limits)[];

/** A limit that is a time. */
export type LimitName = (typeof LIMIT_NAMES)[number];

/** A limit that can end tracking. */
export type EndingLimit = Exclude<LimitName, 'stalledMs'>;

const HOUR_MS = 3_600_000;

/** The limits of a job, if neither caller nor worker sets them. */
export const DEFAULT_LIMITS: Limits = {
  totalMs: 24 * HOUR_MS,
  queuedMs: null,
  runningMs: null,
  stalledMs: HOUR_MS / 2,
  onLimit: 'stop',
};

const ON_LIMIT = ['stop', 'cancel', 'alert'];

/** The shortest limit, ms. */
export const MIN_LIMIT_MS = 1_000;

/** The longest limit, ms: 366 days. */
export const MAX_LIMIT_MS = 366 * 24 * HOUR_MS;

/** @returns all problems of a caller's limits, each with its field under `at`. As the value of a limit, null means no limit; elsewhere, unset. */
export function limitsProblems(limits: unknown, at: string): Problem[] {
  if (limits === undefined || limits === null) return [];
  if (!isRecord(limits)) return [{ field: at, problem: 'must be an object' }];
  const set = Object.entries(limits).filter(isSet);
  return set.flatMap(([key, value]): Problem[] => {
    const field = fieldOf(at, key);
    if (key === 'onLimit') {
      return problemUnless(ON_LIMIT.includes(value as string), field, `must be one of ${ON_LIMIT.join(', ')}`);
    }
    if (!(LIMIT_NAMES as readonly string[]).includes(key)) return [{ field, problem: 'is not known' }];
    const fits = value === null || isWholeMs(value, MIN_LIMIT_MS, MAX_LIMIT_MS);
    return problemUnless(fits, field, `must be null or whole milliseconds from ${MIN_LIMIT_MS} to ${MAX_LIMIT_MS}`);
  });
}

/** @returns `limits`, replaced by the caller's limits where given */
export function withLimits<T extends Partial<Limits>>(limits: T, given: Partial<Limits> | null | undefined): T {
  return { ...limits, ...Object.fromEntries(Object.entries(given ?? {}).filter(isSet)) };
}

function isSet([name, value]: [string, unknown]): boolean {
  return value !== undefined && !(name === 'onLimit' && value === null);
}
