import { z } from 'zod';
import { ProviderError } from '../../contract/failure.ts';
import { isEnded } from '../../contract/job.ts';
import type { CancelReply, JobRef, Snapshot } from '../../contract/job.ts';
import { isoOf } from '../../contract/json.ts';
import type { Json } from '../../contract/json.ts';
import type { ServiceCall } from '../http/service-call.ts';
import { timestampMs } from '../reading/timestamps.ts';
import { readPercent, shownProgress } from '../reading/percent.ts';
import type { Percent } from '../reading/percent.ts';
import { defineProvider } from '../provider.ts';
import { cleanText } from '../reading/text.ts';
import { deepwriterTraits } from './traits.ts';

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * DeepWriter: `GET /api/getJobStatus`, `POST /api/cancelJob`; a cancel is confirmed by the status only.
 * @see DeepWriter API, "Job management"; `x-api-key`: the vendor's own client
 */
export const deepwriter = defineProvider({
  traits: deepwriterTraits,
  defaultBaseUrl: 'https://app.deepwriter.com',
  // A signed-in user's token is a JWT; an API key sent as Bearer does not work.
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

// Only `id` and `status` are needed; any other field may be missing, null or of a wrong type without spoiling the read.
// What is not listed is dropped: `user_id` (personal data), and the undocumented `output_url_pdf`, perhaps a signed link.
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

/** No text explains a status; the whole table is inferred. A word of another kind is polled further, and shown. */
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
    // `updated_at` moves when somebody renames or stars the job: it is no end time.
    finishedAt: null,
    scheduled: false,
    // Documented for queued jobs and jobs in progress; a draft has to be asked again later.
    cancellable: !isEnded(state) && word !== 'draft' && word !== 'submitted',
    result: state === 'completed' ? { value: details, link: null, warnings: [] } : null,
    reason: state === 'failed' || state === 'moderated' ? errorText : null,
    torn: false,
    ranForMs: null,
  };
}

/**
 * `progress` decides; `percent_complete` only where that is missing, and never both: clients disagree whether it is
 * 0..1 or 0..100. Above 1 it is a percentage, below 1 a fraction, and exactly 1 says nothing (the docs' sample has it).
 */
function percentOf({ progress, percent_complete: fallback }: DeepWriterAnswer): Percent {
  const percent = readPercent(progress);
  if (percent.value !== null || typeof fallback !== 'number' || !Number.isFinite(fallback)) return percent;
  if (fallback === 1) return percent;
  const other = readPercent(fallback > 0 && fallback < 1 ? fallback * 100 : fallback);
  return { ...other, mark: percent.mark ?? other.mark };
}

/** Every documented field but `user_id`, always present: null where the service sent none or nonsense. */
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
