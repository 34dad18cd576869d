import { apply } from '../../src/tracking/apply.ts';
import { decide } from '../../src/tracking/decide.ts';
import type { TrackEvent } from '../../src/tracking/event.ts';
import type { Track } from '../../src/tracking/track.ts';
import { callDueAtMs, cancelStateOf } from '../../src/tracking/state/cancel/facts.ts';
import { jobStateOf } from '../../src/tracking/state/status.ts';
import {
  after,
  asked,
  cancelledThere,
  completed,
  degraded,
  failed,
  heard,
  limitsSet,
  MINUTE,
  missed,
  moderated,
  passed,
  polled,
  queued,
  refreshed,
  refusedAt,
  resumed,
  SECOND,
  sent,
  tracked,
  trackedAtDocswrite,
  moved,
  unserved,
  outcomeIn,
} from './core-builders.ts';

// The core itself makes the tables of docs/design.md: the result of each event in each state, and in each phase of a cancel.

/** The time of the event, in ms after the start. It is 2 min after the last answer, so that nothing else is due. */
const AT = 3 * MINUTE;
const far = { intervalMs: 10 * MINUTE };
const seen = (snapshot: Parameters<typeof polled>[1]): Track => after(tracked(), polled(MINUTE, snapshot, far));

const STATES: readonly (readonly [string, Track])[] = [
  ['pending', tracked()],
  ['queued', seen(queued)],
  ['running', seen({})],
  ['unknown', seen({ state: 'unknown' })],
  ['moderated', after(tracked(), polled(AT - 30 * SECOND, moderated, far))],
  ['ended', seen(completed)],
];

const EVENTS: readonly (readonly [string, TrackEvent])[] = [
  ['`polled`: queued', polled(AT, queued, far)],
  ['`polled`: running', polled(AT, {}, far)],
  ['`polled`: an unknown state', polled(AT, { state: 'unknown' }, far)],
  ['`polled`: moderated', polled(AT, moderated, far)],
  ['`polled`: completed', polled(AT, completed, far)],
  ['`polled`: failed', polled(AT, failed, far)],
  ['`polled`: cancelled', polled(AT, cancelledThere, far)],
  ['`missing`, not often enough', missed(AT, false, far)],
  ['`missing`, often enough', missed(AT, true, far)],
  ['`degraded`: service down', degraded(AT, {}, far)],
  ['`degraded`: credential refused, finally', degraded(AT, { kind: 'unauthorized', final: true }, far)],
  ['`degraded`: request refused, finally', degraded(AT, { kind: 'rejected', final: true }, far)],
  ['`unserved`', unserved(AT)],
  ['`moved`: another pool serves the account', moved(AT, 'emea')],
  ['`cancelAsked`', asked(AT)],
  ['`limitsSet`: one that has passed', limitsSet(AT, { totalMs: SECOND })],
  ['`refreshAsked`', refreshed(AT)],
  ['`resumed`', resumed(AT)],
  ['`timePassed`', passed(AT)],
];

/** A time after all events of the tracks below. */
const LATE = 5 * MINUTE;
const askedFirst = (...events: TrackEvent[]): Track => after(seen({}), asked(MINUTE + SECOND), ...events);
const atService = sent(MINUTE + SECOND);
const acceptedTrack = askedFirst(
  atService,
  heard(MINUTE + 2 * SECOND, 'accepted'),
  polled(MINUTE + 3 * SECOND, {}, far),
);
const refusedTrack = askedFirst(...[1, 2, 3].flatMap((minute) => refusedAt(minute * MINUTE + 2 * SECOND)));
const unsupportedTrack = after(trackedAtDocswrite(), polled(MINUTE, {}, far), asked(LATE - SECOND));

const PHASES: readonly (readonly [string, Track])[] = [
  ['none', seen({})],
  ['requested', askedFirst()],
  ['requested, sent', askedFirst(atService)],
  ['accepted', acceptedTrack],
  ['refused', refusedTrack],
  ['unsupported', unsupportedTrack],
];

const CANCEL_EVENTS: readonly (readonly [string, TrackEvent])[] = [
  ['`cancelAsked`, signal or update', asked(LATE, 'update')],
  ['`cancelAsked`, native', asked(LATE, 'native')],
  ['`cancelSent`', sent(LATE)],
  ['`cancelAnswered`: accepted', heard(LATE, 'accepted')],
  ['`cancelAnswered`: refused', heard(LATE, 'refused')],
  ['`cancelAnswered`: unauthorized', heard(LATE, 'unauthorized')],
  ['`cancelAnswered`: unanswered', heard(LATE, 'unanswered')],
  ['`polled`: running', polled(LATE, {}, far)],
  ['`polled`: cancelled', polled(LATE, cancelledThere, far)],
  ['`polled`: completed', polled(LATE, completed, far)],
  ['`polled`: failed', polled(LATE, failed, far)],
  ['`missing`, often enough', missed(LATE, true, far)],
  ['`degraded`: service down', degraded(LATE, {}, far)],
  ['`resumed`', resumed(LATE)],
  ['`timePassed`, after more than an hour', passed(LATE + 61 * MINUTE)],
];

type Rows = readonly (readonly [string, TrackEvent])[];
type Columns = readonly (readonly [string, Track])[];

function table(
  corner: string,
  columns: Columns,
  rows: Rows,
  cell: (before: Track, event: TrackEvent) => string,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line([corner, ...columns.map(([name]) => name)]),
    line([corner, ...columns].map(() => '---')),
    ...rows.map(([name, event]) => line([name, ...columns.map(([, track]) => cell(track, event))])),
  ].join('\n');
}

function endOf(track: Track): string | null {
  const outcome = outcomeIn(track);
  return outcome === null ? null : `**${outcome.status}**`;
}

/** `–`: nothing changes. `poll`: a poll is due at once, and was not due before. */
function stateCell(before: Track, event: TrackEvent): string {
  const track = apply(before, event);
  if (track === before) return '–';
  const isDue = (of: Track): boolean => {
    const step = decide(of, event.atMs);
    return step.do === 'poll' && step.request.firstWaitMs === 0;
  };
  const trouble = track.status.trouble === null ? [] : ['degraded'];
  const due = isDue(track) && !isDue(before) ? ['poll'] : [];
  return endOf(track) ?? [jobStateOf(track.status), ...trouble, ...due].join(', ');
}

function phaseCell(before: Track, event: TrackEvent): string {
  const track = apply(before, event);
  if (track === before) return '–';
  const { phase, error } = cancelStateOf(track.cancel);
  const [wasDueAtMs, dueAtMs] = [callDueAtMs(before.cancel), callDueAtMs(track.cancel)];
  const sends = dueAtMs !== null && dueAtMs <= event.atMs && wasDueAtMs !== dueAtMs ? ['send'] : [];
  const wrong = error !== null && cancelStateOf(before.cancel).error !== error ? ['with error'] : [];
  return [endOf(track), phase, ...wrong, ...sends].filter((part) => part !== null).join(', ');
}

export function transitionTables(): string {
  return [
    'The state of a planned job after each event, for each state before it. **Bold**: the outcome that ends tracking; `–`: nothing changes; poll: a poll is due at once.\n',
    table('event', STATES, EVENTS, stateCell),
    '\nThe phase of a cancel after each event, for each phase before it, while the job runs. `confirmed` and `too-late` occur only at an end. Send: the cancel endpoint is called at once.\n',
    table('event', PHASES, CANCEL_EVENTS, phaseCell),
  ].join('\n');
}
