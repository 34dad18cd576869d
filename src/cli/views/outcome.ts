import type { JobOutcome } from '../../contract/index.ts';
import { durationText } from '../../contract/duration.ts';
import { plain } from './text.ts';

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
  if (warnings.length === 0) return '';
  return `, with ${warnings.length} warning${warnings.length === 1 ? '' : 's'}: ${warnings.join('; ')}`;
}
