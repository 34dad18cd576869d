import { z } from 'zod';
import { ProviderError } from '../../contract/failure.ts';
import { type CancelReply, isEnded, type JobRef, type Snapshot } from '../../contract/job.ts';
import { isoOf, type Json } from '../../contract/json.ts';
import type { ServiceCall } from '../http/service-call.ts';
import { timestampMs } from '../reading/timestamps.ts';
import { type Percent, readPercent, shownProgress } from '../reading/percent.ts';
import { defineProvider } from '../provider.ts';
import { cleanText } from '../reading/text.ts';
import { deepwriterTraits } from './traits.ts';

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * DeepWriter: `GET /api/getJobStatus`, `POST /api/cancelJob`. Only the status confirms a cancel.
 * @see DeepWriter API, "Job management"; the vendor's own client, for `x-api-key`
 */
export const deepwriter = defineProvider({
  traits: deepwriterTraits,
  defaultBaseUrl: 'https://app.deepwriter.com',
  // The token of a signed-in user is a JWT. An API key does not work as Bearer.
  authOf: (secret) => (JWT.test(secret) ? 'bearer' : 'x-api-key'),
  authHeader: (secret, auth): Record<string, string> =>
    auth === 'bearer' ? { authorization: `Bearer ${secret}` } : { 'x-api-key': secret },
  poll,
  cancel,
  trialOf: () => ({
    job: { provider: deepwriterTraits.name, jobId: '00000000-0000-4000-8000-000000000000' },
    requestsPerMinute: null,
  }),
});

const texts = z.string().nullish().catch(null);
const flags = z.boolean().nullish().catch(null);

// Only `id` and `status` are required. Any other field may be missing, null or of a wrong type.
// Fields that are not listed are dropped: `user_id` is personal data, and the undocumented `output_url_pdf` may be a signed link.
const jobSchema = z.object({
  id: z.string().min(1),
  status: z.string().trim().min(1),
  project_id: texts,
  progress: z.unknown().optional(),
  progress_stage: texts,
  percent_complete: z.unknown().optional(),
  title: texts,
  is_byok: flags,
  reasoning_model: texts,
  writing_model: texts,
  function_model: texts,
  error_message: texts,
  is_starred: flags,
  created_at: z.union([z.string(), z.number()]).nullish().catch(null),
  updated_at: texts,
});

type DeepWriterAnswer = z.infer<typeof jobSchema>;

async function poll(job: JobRef, call: ServiceCall): Promise<Snapshot> {
  const { status, json } = await call.get('/api/getJobStatus', { jobId: job.jobId }, { explain: hintFor });
  const parsed = jobSchema.safeParse(json);
  if (!parsed.success) {
    throw new ProviderError('malformed', 'deepwriter: poll answer unreadable: no id or no status', { status });
  }
  if (deepwriterTraits.normaliseJobId(parsed.data.id) !== deepwriterTraits.normaliseJobId(job.jobId)) {
    throw new ProviderError('not-found', 'deepwriter: poll answered about another job', { status });
  }
  return snapshotOf(parsed.data);
}

async function cancel(job: JobRef, call: ServiceCall): Promise<CancelReply> {
  await call.post('/api/cancelJob', { jobId: job.jobId }, { mayBeEmpty: true });
  return { status: 'accepted' };
}

function hintFor({ status }: { status: number }): string | null {
  return status === 403 ? 'perhaps the job of another user' : null;
}

/** The service does not document its statuses; this table is inferred. A job with any other status is `unknown`, and is polled on. */
const STATES: Readonly<Record<string, Snapshot['state']>> = {
  draft: 'queued',
  submitted: 'queued',
  queued: 'queued',
  in_progress: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  moderated: 'moderated',
};

function snapshotOf(job: DeepWriterAnswer): Snapshot {
  const word = job.status.toLowerCase();
  const state = Object.hasOwn(STATES, word) ? (STATES[word] ?? 'unknown') : 'unknown';
  const percent = percentOf(job);
  const details = detailsOf(job);
  const errorText = cleanText(job.error_message);
  return {
    state,
    providerState: cleanText(job.status, 100),
    progress: shownProgress(percent.value, state),
    rawProgress: percent.mark,
    stage: cleanText(job.progress_stage),
    title: cleanText(job.title),
    message: percent.note,
    lastError: errorText,
    details,
    createdAt: isoOf(timestampMs(job.created_at)),
    startedAt: null,
    // Not `updated_at`: it changes when a user renames or stars the job.
    finishedAt: null,
    scheduled: false,
    // The cancel is documented for queued and running jobs. A draft refuses it, so the cancel is sent again later.
    cancellable: !isEnded(state) && word !== 'draft' && word !== 'submitted',
    result: state === 'completed' ? { value: details, link: null, warnings: [] } : null,
    reason: state === 'failed' || state === 'moderated' ? errorText : null,
    torn: false,
    ranForMs: null,
  };
}

/**
 * Reads `progress`, or `percent_complete` if `progress` is missing. Clients disagree whether `percent_complete` is 0..1 or 0..100:
 * above 1 it is a percentage, below 1 a fraction. Exactly 1 is ignored, because the documented sample has it.
 */
function percentOf({ progress, percent_complete: fallback }: DeepWriterAnswer): Percent {
  const percent = readPercent(progress);
  if (percent.value !== null || typeof fallback !== 'number' || !Number.isFinite(fallback)) return percent;
  if (fallback === 1) return percent;
  const other = readPercent(fallback > 0 && fallback < 1 ? fallback * 100 : fallback);
  return { ...other, mark: percent.mark ?? other.mark };
}

/** Every documented field except `user_id`. A field is null if it is missing or of a wrong type. */
function detailsOf(job: DeepWriterAnswer): Record<string, Json> {
  return {
    id: cleanText(job.id),
    project_id: cleanText(job.project_id),
    status: cleanText(job.status),
    progress: finite(job.progress),
    progress_stage: cleanText(job.progress_stage),
    percent_complete: finite(job.percent_complete),
    title: cleanText(job.title),
    is_byok: job.is_byok ?? null,
    reasoning_model: cleanText(job.reasoning_model),
    writing_model: cleanText(job.writing_model),
    function_model: cleanText(job.function_model),
    error_message: cleanText(job.error_message),
    is_starred: job.is_starred ?? null,
    created_at: cleanText(job.created_at),
    updated_at: cleanText(job.updated_at),
  };
}

function finite(raw: unknown): number | null {
  return typeof raw === 'number' && Number.isFinite(raw) ? raw : null;
}
