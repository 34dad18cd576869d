import type { CancelState, JobOutcome, JobProgress } from '../../contract/index.ts';
import { durationText } from '../../contract/duration.ts';
import { isRefused } from '../../contract/progress.ts';
import { barOf, percentOf, summaryOf } from '../../contract/render.ts';
import { counted, inTime, plain, timeOfDay } from './text.ts';

const BAR = 30;

/** @returns the view of a job for a terminal. It is pure: a countdown needs only a new `nowMs`. */
export function progressBlock(progress: JobProgress, nowMs: number): string {
  if (isRefused(progress)) return [summaryOf(progress.job), refusalText(progress)].map(plain).join('\n');
  const { stage, title, expectedEndAt, lastError, message, health, outcome } = progress;
  const lines = [
    `${summaryOf(progress.job)}${title === null ? '' : ` · ${title}`}`,
    `${barOf(progress.progress, BAR)} ${percentOf(progress.progress)} ${stateText(progress)}`,
    ...given('stage     ', stage),
    `polls     ${pollsText(progress, nowMs)}`,
    ...given('expected  ', expectedEndAt && `end at ${timeOfDay(expectedEndAt)}, ${inTime(expectedEndAt, nowMs)}`),
    `health    ${healthText(health)}`,
    ...given('paused    ', pauseText(progress)),
    ...given('cancel    ', askedCancelText(progress.cancel)),
    ...given('error     ', lastError === null ? null : `${lastError} (from the service, about an attempt)`),
    ...given('note      ', message),
    ...given('outcome   ', outcome && outcomeText(outcome)),
  ];
  return lines.map(plain).join('\n');
}

/** @returns the line, if there is something to say */
function given(label: string, text: string | null): string[] {
  return text === null ? [] : [`${label}${text}`];
}

/** @returns one change as one line, for logs and pipes */
export function progressLine(progress: JobProgress): string {
  const at = progress.lastChangeAt ?? progress.trackedSince;
  return plain(`${timeOfDay(at)} ${summaryOf(progress.job)}: ${changeText(progress)}`);
}

/** @returns the text of a change, without time and job */
export function changeText(progress: JobProgress): string {
  if (isRefused(progress)) return plain(refusalText(progress));
  const { stage, message, lastError, health, outcome } = progress;
  const parts = [
    `${stateText(progress)} ${percentOf(progress.progress)}`,
    ...given('stage ', stage),
    `polls ${progress.polls}`,
    ...given('health ', health.status === 'ok' ? null : healthText(health)),
    ...given('polls paused ', pauseText(progress)),
    ...given('cancel ', askedCancelText(progress.cancel)),
    ...given('last error ', outcome === null ? lastError : null),
    ...given('', message),
    ...given('outcome ', outcome && outcomeText(outcome)),
  ];
  return parts.map(plain).join(' · ');
}

/** A refused job has neither state nor health, because nothing is tracked. */
export function refusalText({ message }: JobProgress): string {
  return `input refused${message === null ? '' : `: ${message}`}; nothing is tracked`;
}

function stateText({ state, providerState }: JobProgress): string {
  return providerState === null || providerState === state ? state : `${state} (${providerState})`;
}

function pollsText({ polls, paused, nextPollAt, lastPollAt, outcome }: JobProgress, nowMs: number): string {
  const last = lastPollAt === null ? '' : `, last at ${timeOfDay(lastPollAt)}`;
  const next = nextPollAt === null || outcome !== null || paused ? '' : `, next ${inTime(nextPollAt, nowMs)}`;
  return `${polls}${last}${next}`;
}

/** `paused` may be undefined, because an older worker does not know pauses. */
function pauseText({ paused, outcome }: JobProgress): string | null {
  if (!paused || outcome !== null) return null;
  const { since, by, reason, activityId } = paused;
  const who = `${since === null ? '' : `since ${timeOfDay(since)} `}by ${by ?? 'an operator'}`;
  const why = reason === null ? '' : ` (${reason})`;
  return `${who}${why}: not polled until \`temporal activity unpause --activity-id ${activityId}\` of this workflow`;
}

function healthText({ status, since, error }: JobProgress['health']): string {
  if (status === 'ok') return 'ok';
  return `${status}${since === null ? '' : ` since ${timeOfDay(since)}`}${error === null ? '' : `: ${error}`}`;
}

function askedCancelText(cancel: CancelState): string | null {
  return cancel.phase === 'none' ? null : cancelText(cancel);
}

/** @returns the phase of a cancel, with who requested it, why, and the error */
export function cancelText({ phase, by, reason, error }: CancelState): string {
  const who = by === null ? '' : ` by ${by}`;
  const why = reason === null ? '' : ` (${reason})`;
  return plain(`${phase}${who}${why}${error === null ? '' : `: ${error}`}`);
}

/** @returns one sentence about how tracking ended */
export function outcomeText(outcome: JobOutcome): string {
  const late = `after ${durationText(outcome.trackedForMs)}, ${outcome.polls} polls`;
  return `${plain(`${outcome.status}${detailOf(outcome)}`)} (${late})`;
}

function detailOf(outcome: JobOutcome): string {
  switch (outcome.status) {
    case 'completed':
      return `${outcome.link === null ? '' : `: ${outcome.link}`}${warned(outcome.warnings)}`;
    case 'failed':
    case 'unauthorized':
    case 'rejected':
      return `: ${outcome.reason}`;
    case 'moderated':
      return outcome.reason === null ? '' : `: ${outcome.reason}`;
    case 'cancelled':
      return `${outcome.by === 'service' ? ' at the service' : ' on request'}${outcome.confirmed ? '' : ', unconfirmed'}`;
    case 'abandoned':
      return `: ${WHY[outcome.why]}; the job goes on at the service`;
    case 'not-found':
      return ': the service does not know the job; check id, account and queue';
    case 'lost':
      return `: the service forgot the job, which was last seen ${outcome.lastState}`;
    case 'timed-out':
      return `: not done within ${outcome.limit}`;
    default:
      return outcome satisfies never;
  }
}

const WHY = {
  'cancel-unsupported': 'the service has no cancel',
  'cancel-refused': 'the service refused the cancel',
  'cancel-unconfirmed': 'the service never confirmed the cancel',
} as const;

function warned(warnings: readonly string[]): string {
  return warnings.length === 0 ? '' : `, with ${counted(warnings.length, 'warning')}: ${warnings.join('; ')}`;
}
