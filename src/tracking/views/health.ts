import { isoOf } from '../../contract/json.ts';
import type { JobHealth } from '../../contract/progress.ts';
import { plainText } from '../../contract/text.ts';
import type { Request } from '../state/request.ts';
import { jobStateOf, type Status } from '../state/status.ts';
import type { Track } from '../track.ts';

export function healthOf({ request, status, limits }: Track): JobHealth {
  const trouble = status.trouble ?? deferralOf(request);
  if (trouble !== null) return { status: 'degraded', since: isoOf(trouble.sinceMs), error: trouble.error };
  const { overdue, stalledSinceMs } = limits;
  if (overdue !== null) return { status: 'overdue', since: isoOf(overdue.sinceMs), error: overdue.error };
  if (stalledSinceMs !== null) return { status: 'stalled', since: isoOf(stalledSinceMs), error: stallOf(status) };
  return { status: 'ok', since: null, error: null };
}

function deferralOf(request: Request): { readonly sinceMs: number; readonly error: string } | null {
  return request.plan === null ? request.deferred : null;
}

const MAX_WORD = 100;

/** The error names a status that is not known here, because that status may mean an end. */
function stallOf(status: Status): string {
  const word = status.snapshot?.providerState ?? null;
  if (jobStateOf(status) !== 'unknown' || word === null) return 'running, but nothing has changed for the time allowed';
  return `the service says "${plainText(word, MAX_WORD)}", which is not known here, and nothing has changed for the time allowed; the job may have ended`;
}
