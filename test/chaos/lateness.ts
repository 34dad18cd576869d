import type { RequestEntry } from '../../src/simulators/simulator.ts';
import { lastDisturbanceMs, type Outage } from './outages.ts';
import type { Trouble } from './scenes.ts';

export interface Polling {
  /** Status requests, by their arrival. */
  polls: readonly RequestEntry[];
  promisedMs: number;
  trackedAtMs: number;
  /** When tracking ended by its own account. */
  detectedAtMs: number;
  outages: readonly Outage[];
  faults: ReadonlyMap<string, Trouble>;
}

export interface LatePoll {
  atMs: number;
  /** Counted from the moment at which it was due, or, if later, from the last death or return before it. */
  lateMs: number;
}

/** @returns how late each poll up to the end of tracking was; a missing one at the end counts too */
export function latePolls(polling: Polling): LatePoll[] {
  const { trackedAtMs, detectedAtMs, outages } = polling;
  const polls = polling.polls.filter(({ atMs }) => atMs <= detectedAtMs);
  const due = dueTimes(polling, polls);
  return polls.map(({ atMs }, index) => {
    const dueAtMs = index === 0 ? trackedAtMs : (due[index - 1] ?? trackedAtMs);
    return { atMs, lateMs: atMs - Math.max(dueAtMs, lastDisturbanceMs(outages, atMs)) };
  });
}

/** @returns when the poll after each one is due at the latest, by the rules of design.md 6 */
function dueTimes({ promisedMs, faults }: Polling, polls: readonly RequestEntry[]): number[] {
  let inRow = 0;
  let edgeInRow = 0;
  return polls.map(({ atMs, status, fault }) => {
    const trouble = fault === null ? undefined : faults.get(fault);
    const answeredAtMs = atMs + (trouble?.waitMs ?? 0);
    if (status === 404) return answeredAtMs + MISSING_MS;
    const spoilt = trouble?.pause !== true && trouble?.fault.preset !== 'slow-headers' ? trouble?.fault : undefined;
    if (spoilt === undefined) {
      [inRow, edgeInRow] = [0, 0];
      return answeredAtMs + promisedMs;
    }
    inRow++;
    if (spoilt.preset === 'cdn-page') edgeInRow++;
    const backoffMs =
      spoilt.preset === 'cdn-page'
        ? Math.min(10_000 * 2 ** (edgeInRow - 1), 300_000)
        : Math.min(1_000 * 2 ** (inRow - 1), 60_000);
    const askedMs = Number(spoilt.params?.['seconds'] ?? 0) * 1_200; // jitter upwards
    return answeredAtMs + Math.max(backoffMs, askedMs, promisedMs);
  });
}

/** A job that was seen before and is missing now is looked for so often. */
const MISSING_MS = 30_000;

/** @returns polls that came after tracking had ended, and how long after it, less what deaths excuse */
export function straysAfterEnd({ polls, detectedAtMs, outages }: Polling): LatePoll[] {
  return polls
    .filter(({ atMs }) => atMs > detectedAtMs)
    .map(({ atMs }) => ({ atMs, lateMs: atMs - Math.max(detectedAtMs, lastDisturbanceMs(outages, atMs)) }));
}
