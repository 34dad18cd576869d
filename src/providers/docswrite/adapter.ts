import { z } from 'zod';
import { ProviderError } from '../../contract/failure.ts';
import type { JobRef, Snapshot } from '../../contract/job.ts';
import { isoOf } from '../../contract/json.ts';
import { docswriteResult } from './result.ts';
import type { ServiceAnswer, ServiceCall } from '../http/service-call.ts';
import { ranForMs, timestampMs } from '../reading/timestamps.ts';
import { readPercent, shownProgress } from '../reading/percent.ts';
import { defineProvider } from '../provider.ts';
import { cleanText } from '../reading/text.ts';
import type { Refusal } from '../http/verdict.ts';
import { docswriteTraits } from './traits.ts';

/**
 * Docswrite: `POST /api/job/status` returns a BullMQ or Bull job. The API has no cancel.
 * @see Docswrite API reference, "Job status" and "Error responses"; the vendor's own client, for organisation keys and queue `publish`
 */
export const docswrite = defineProvider({
  traits: docswriteTraits,
  defaultBaseUrl: 'https://api.docswrite.com',
  authOf: (secret) => (isOrganisationKey(secret) ? 'bearer' : 'x-access-token'),
  authHeader: (secret, auth): Record<string, string> =>
    auth === 'bearer' ? { authorization: `Bearer ${secret}` } : { 'x-access-token': secret },
  poll,
  errorCodes: {
    INVALID_API_KEY: 'unauthorized',
    API_KEY_REVOKED: 'unauthorized',
    API_KEY_EXPIRED: 'unauthorized',
    API_KEY_OWNER_INACTIVE: 'unauthorized',
    ORG_MISMATCH: 'unauthorized',
    PLAN_LIMIT: 'unauthorized',
    UNSUPPORTED_CONNECTION: 'rejected',
  },
  trialOf: (secret) => {
    const job = { provider: docswriteTraits.name, jobId: '999999999999999' }; // ids count up, and no queue is there yet
    // The service may refuse queue `post` for an organisation key. The limit of such a key is 60 requests a minute.
    return isOrganisationKey(secret)
      ? { job: { ...job, queueType: 'publish' }, requestsPerMinute: 60 }
      : { job, requestsPerMinute: null };
  },
});

function isOrganisationKey(secret: string): boolean {
  return secret.startsWith('dw_live_');
}

// Only `state` is required: the shortest answers have little else. In any other field, a missing value, null and a wrong type mean the
// same (P12).
const statusSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish().catch(null),
  state: z.string().trim().min(1),
});

type Status = z.infer<typeof statusSchema>;

async function poll(job: JobRef, call: ServiceCall): Promise<Snapshot> {
  const queueType = job['queueType'] ?? 'post';
  const explain = (refusal: Refusal): string | null =>
    hintFor(refusal.status, refusal.code, otherQueue(queueType, call));
  // This POST only reads, so it is safe to repeat.
  const answer = await call.post('/api/job/status', { jobId: job.jobId, queueType }, { explain });
  // The vendor's clients also accept an answer without the `data` wrapper.
  const parsed = statusSchema.safeParse('state' in answer.json ? answer.json : answer.json['data']);
  if (!parsed.success) {
    throw new ProviderError('malformed', 'docswrite: poll answer unreadable: no state', { status: answer.status });
  }
  const status = parsed.data;
  const answeredId = docswriteTraits.normaliseJobId(String(status.id ?? job.jobId));
  if (answeredId !== docswriteTraits.normaliseJobId(job.jobId)) {
    throw new ProviderError('not-found', 'docswrite: poll answered about another job', { status: answer.status });
  }
  const word = status.state.toLowerCase();
  if (word === 'unknown' || word === 'stuck') {
    const hint = hintFor(404, null, otherQueue(queueType, call));
    const message = `docswrite: poll found no job [state=${word}]${hint === null ? '' : `: ${hint}`}`;
    throw new ProviderError('not-found', message, { status: answer.status });
  }
  return snapshotOf(status, answer);
}

/** @returns a hint at the usual queue for this kind of credential; null: the request named that queue */
function otherQueue(queueType: string, call: ServiceCall): string | null {
  const isOrgKey = call.credentialForm === 'bearer';
  const usual = isOrgKey ? 'publish' : 'post';
  if (queueType === usual) return null;
  return `jobs of ${isOrgKey ? 'an organisation key' : 'a site token'} are usually in queue \`${usual}\``;
}

function hintFor(status: number, code: string | null, queue: string | null): string | null {
  if (status === 404 || status === 400) return queue;
  return status === 403 && code === null ? 'perhaps the job of another user or key' : null;
}

function snapshotOf(status: Status, answer: ServiceAnswer): Snapshot {
  const startedMs = timestampMs(status['processedOn']);
  const finishedMs = timestampMs(status['finishedOn']);
  const phase = phaseOf(status.state.toLowerCase(), startedMs !== null);
  const percent = readPercent(status['progress']);
  const failedReason = cleanText(status['failedReason']);
  const ended = phase.state === 'completed' ? docswriteResult(status, answer) : null;
  const state = ended?.failedWith === undefined ? phase.state : 'failed';
  const result = state === 'completed' && ended !== null ? ended.result : null;
  return {
    state,
    providerState: cleanText(status.state, 100),
    progress: shownProgress(percent.value, state),
    rawProgress: percent.mark,
    stage: phase.stage,
    title: null,
    message: percent.note,
    // The service keeps it during retries, and even after success (P1).
    lastError: failedReason,
    details: {},
    createdAt: isoOf(timestampMs(status['timestamp'])),
    startedAt: isoOf(startedMs),
    finishedAt: isoOf(finishedMs),
    scheduled: phase.stage === 'scheduled',
    cancellable: false,
    result,
    reason: state === 'failed' ? (ended?.failedWith ?? failedReason) : null,
    // A result of null is legal. The answer counts as half written only if `finishedOn` is missing too (P10).
    torn: result !== null && ended?.isAbsent === true && finishedMs === null,
    ranForMs: state === 'running' ? ranForMs(startedMs, answer.date) : null,
  };
}

interface Phase {
  readonly state: Snapshot['state'];
  readonly stage: 'scheduled' | 'retrying' | null;
}

const STATES: ReadonlyMap<string, Phase['state']> = new Map([
  ['prioritized', 'queued'],
  ['paused', 'queued'],
  // The parent of a BullMQ flow waits for its children.
  ['waiting-children', 'running'],
  ['active', 'running'],
  ['completed', 'completed'],
  ['failed', 'failed'],
]);

/** The service keeps `processedOn` during a backoff. So this distinguishes a job between two attempts from one that has not started (P7). */
function phaseOf(word: string, hasStarted: boolean): Phase {
  if (hasStarted && (word === 'waiting' || word === 'delayed')) return { state: 'running', stage: 'retrying' };
  if (word === 'waiting') return { state: 'queued', stage: null };
  if (word === 'delayed') return { state: 'queued', stage: 'scheduled' };
  return { state: STATES.get(word) ?? 'unknown', stage: null };
}
