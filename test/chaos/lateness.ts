import type { RequestEntry } from '../../src/simulators/simulator.ts';
import { lastDisturbanceMs, type Outage } from './outages.ts';
import type { Trouble } from './scenes.ts';

export interface Polling {
  /** Status requests, in the order in which they arrived. */
  polls: readonly RequestEntry[];
  promisedMs: number;
  trackedAtMs: number;
  /** The time at which the tracker says that tracking ended. */
  detectedAtMs: number;
  outages: readonly Outage[];
  faults: ReadonlyMap<string, Trouble>;
}

export interface LatePoll {
  atMs: number;
  /** Counts from the moment when the poll was due, or from a later kill or restart of a process. */
  lateMs: number;
}

/** @returns how late each poll was, until the end of tracking */
export function latePolls(polling: Polling): LatePoll[] {
  const { trackedAtMs, detectedAtMs, outages } = polling;
  const polls = polling.polls.filter(({ atMs }) => atMs <= detectedAtMs);
  const due = dueTimes(polling, polls);
  return polls.map(({ atMs }, index) => {
    const dueAtMs = index === 0 ? trackedAtMs : (due[index - 1] ?? trackedAtMs);
    return { atMs, lateMs: atMs - Math.max(dueAtMs, lastDisturbanceMs(outages, atMs)) };
  });
}

/** @returns for each poll the latest time at which the next one is due, by the rules of docs/design.md, section Polling */
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
    const askedMs = Number(spoilt.params?.['seconds'] ?? 0) * 1_200; // jitter makes it up to a fifth longer
    return answeredAtMs + Math.max(backoffMs, askedMs, promisedMs);
  });
}

/** The interval after a miss of a job that was seen before. */
const MISSING_MS = 30_000;

/** @returns the polls after the end of tracking. `lateMs` counts from the end, or from a later kill or restart */
export function straysAfterEnd({ polls, detectedAtMs, outages }: Polling): LatePoll[] {
  return polls
    .filter(({ atMs }) => atMs > detectedAtMs)
    .map(({ atMs }) => ({ atMs, lateMs: atMs - Math.max(detectedAtMs, lastDisturbanceMs(outages, atMs)) }));
}
