import { z } from 'zod';
import { ProviderError } from '../../contract/failure.ts';
import { type CancelReply, isEnded, type JobRef, type Snapshot } from '../../contract/job.ts';
import { isoOf } from '../../contract/json.ts';
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

// Any other field may be missing, null or of a wrong type.
const jobSchema = z.looseObject({ id: z.string().min(1), status: z.string().trim().min(1) });

type DeepWriterAnswer = z.infer<typeof jobSchema>;

const text = z
  .string()
  .catch('')
  .transform((raw) => cleanText(raw));
const number = z.number().nullable().catch(null);
const flag = z.boolean().nullable().catch(null);

// Every documented field except `user_id`, which is personal data. A field is null if it is missing or of a wrong type. The undocumented
// `output_url_pdf` is left out, because it may be a signed link.
const detailsSchema = z.object({
  id: text,
  project_id: text,
  status: text,
  progress: number,
  progress_stage: text,
  percent_complete: number,
  title: text,
  is_byok: flag,
  reasoning_model: text,
  writing_model: text,
  function_model: text,
  error_message: text,
  is_starred: flag,
  created_at: text,
  updated_at: text,
});

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
const STATES: ReadonlyMap<string, Snapshot['state']> = new Map([
  ['draft', 'queued'],
  ['submitted', 'queued'],
  ['queued', 'queued'],
  ['in_progress', 'running'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['canceled', 'cancelled'],
  ['moderated', 'moderated'],
]);

function snapshotOf(job: DeepWriterAnswer): Snapshot {
  const word = job.status.toLowerCase();
  const state = STATES.get(word) ?? 'unknown';
  const percent = percentOf(job);
  const details = detailsSchema.parse(job);
  return {
    state,
    providerState: cleanText(job.status, 100),
    progress: shownProgress(percent.value, state),
    rawProgress: percent.mark,
    stage: details.progress_stage,
    title: details.title,
    message: percent.note,
    lastError: details.error_message,
    details,
    createdAt: isoOf(timestampMs(job['created_at'])),
    startedAt: null,
    // Not `updated_at`: it changes when a user renames or stars the job.
    finishedAt: null,
    scheduled: false,
    // The cancel is documented for queued and running jobs. A draft refuses it, so the cancel is sent again later.
    cancellable: !isEnded(state) && word !== 'draft' && word !== 'submitted',
    result: state === 'completed' ? { value: details, link: null, warnings: [] } : null,
    reason: state === 'failed' || state === 'moderated' ? details.error_message : null,
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
