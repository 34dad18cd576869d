import { isRecord } from './json.ts';
import type { Problem } from './problem.ts';
import { fieldOf } from './problem.ts';

/** Times allowed, in ms; null: no limit. What a passed `totalMs`, `queuedMs` or `runningMs` does is `onLimit`'s; a stall only shows in health. */
export interface Limits {
  /** From the begin of tracking, less the time that the job was scheduled for later. */
  totalMs: number | null;
  queuedMs: number | null;
  runningMs: number | null;
  /** Without a change while the job runs, or has a status that the adapter does not know. */
  stalledMs: number | null;
  onLimit: 'stop' | 'cancel' | 'alert';
}

export type LimitName = 'totalMs' | 'queuedMs' | 'runningMs' | 'stalledMs';

export type EndingLimit = Exclude<LimitName, 'stalledMs'>;

const HOUR_MS = 3_600_000;

export const DEFAULT_LIMITS: Limits = {
  totalMs: 24 * HOUR_MS,
  queuedMs: null,
  runningMs: null,
  stalledMs: HOUR_MS / 2,
  onLimit: 'stop',
};

export const LIMIT_NAMES = ['totalMs', 'queuedMs', 'runningMs', 'stalledMs'] as const satisfies readonly LimitName[];

const ON_LIMIT = ['stop', 'cancel', 'alert'];

export const MIN_LIMIT_MS = 1_000;

export const MAX_LIMIT_MS = 366 * 24 * HOUR_MS;

/** @returns what is wrong with limits as a caller sent them, each with its field under `at`; null is unset, but for a limit's value it is "none" */
export function limitsProblems(limits: unknown, at: string): Problem[] {
  if (limits === undefined || limits === null) return [];
  if (!isRecord(limits)) return [{ field: at, problem: 'must be an object' }];
  return Object.entries(limits).flatMap(([key, value]): Problem[] => {
    const field = fieldOf(at, key);
    if (value === undefined) return [];
    if (key === 'onLimit') {
      if (value === null) return [];
      return ON_LIMIT.includes(value as string) ? [] : [{ field, problem: `must be one of ${ON_LIMIT.join(', ')}` }];
    }
    if (!(LIMIT_NAMES as readonly string[]).includes(key)) return [{ field, problem: 'is not known' }];
    const fits =
      value === null || (Number.isInteger(value) && Number(value) >= MIN_LIMIT_MS && Number(value) <= MAX_LIMIT_MS);
    return fits
      ? []
      : [{ field, problem: `must be null or whole milliseconds from ${MIN_LIMIT_MS} to ${MAX_LIMIT_MS}` }];
  });
}

/** @returns `limits` with what the caller gave put over it */
export function withLimits<T extends Partial<Limits>>(limits: T, given: Partial<Limits> | null | undefined): T {
  const isSet = ([name, value]: [string, unknown]): boolean =>
    value !== undefined && !(name === 'onLimit' && value === null);
  const told = Object.entries(given ?? {}).filter(isSet);
  return { ...limits, ...Object.fromEntries(told) };
}
