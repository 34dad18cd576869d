import { activityInfo } from '@temporalio/activity';
import type { PollAnswer, PollRequest } from '../../polling/memory.ts';
import type { CallSpan } from '../traces.ts';

/** @param requests made by this poll: 1, or 0 if it was deferred @returns the span of a poll that is reported */
export function pollSpanOf({ memory: before }: PollRequest, answer: PollAnswer, requests: 0 | 1): CallSpan {
  const unchanged = answer.memory.polls - (before?.polls ?? 0) - requests;
  const attributes = {
    'jobtrack.report': answer.type,
    'jobtrack.polls': answer.memory.polls,
    'jobtrack.polls.unchanged': Math.max(0, unchanged),
    'jobtrack.attempt': activityInfo().attempt,
  };
  if (answer.type !== 'polled') {
    const { message, type } = answer;
    return { attributes, error: type === 'degraded' ? message : null };
  }
  const { state, progress } = answer.snapshot;
  const shown = progress === null ? null : { 'jobtrack.progress': progress };
  return { attributes: { ...attributes, 'jobtrack.state': state, ...shown }, error: null };
}
