import { z } from 'zod';
import {
  type CancelReply,
  cleanText,
  defineProvider,
  type JobRef,
  path,
  ProviderError,
  readPercent,
  type ServiceCall,
  shownProgress,
  type Snapshot,
} from 'durable-job-tracker/provider';

export const printshop = defineProvider({
  traits: {
    name: 'printshop',
    parameters: [],
    normaliseJobId: (jobId) => jobId.trim(),
    jobIdProblem: (jobId) => (/^\d+$/.test(jobId) ? null : 'must be digits'),
    canCancel: true,
    usualMs: null,
    auths: ['bearer'],
  },
  defaultBaseUrl: 'https://api.printshop.example',
  authOf: () => 'bearer',
  authHeader: (secret) => ({ authorization: `Bearer ${secret}` }),
  poll,
  cancel,
});

// Only the status is required. In zod 4 a key of type `unknown` is required too, unless it is `.optional()`.
const answerSchema = z.object({
  status: z.string().trim().min(1),
  percent: z.unknown().optional(),
  error: z.unknown().optional(),
});

const STATES = new Map<string, Snapshot['state']>([
  ['accepted', 'queued'],
  ['printing', 'running'],
  ['done', 'completed'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
]);

async function poll(job: JobRef, call: ServiceCall): Promise<Snapshot> {
  const { status, json } = await call.get(path`/v1/jobs/${job.jobId}`, {});
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) throw new ProviderError('malformed', 'printshop: poll answer unreadable: no status', { status });
  const state = STATES.get(parsed.data.status.toLowerCase()) ?? 'unknown';
  const percent = readPercent(parsed.data.percent);
  const error = cleanText(parsed.data.error);
  return {
    state,
    providerState: cleanText(parsed.data.status, 100),
    progress: shownProgress(percent.value, state),
    stage: null,
    title: null,
    message: percent.note,
    lastError: error,
    details: {},
    createdAt: null,
    startedAt: null,
    finishedAt: null,
    scheduled: false,
    cancellable: state === 'queued' || state === 'running',
    result: state === 'completed' ? { value: null, link: null, warnings: [] } : null,
    reason: state === 'failed' ? error : null,
    torn: false,
    ranForMs: null,
  };
}

async function cancel(job: JobRef, call: ServiceCall): Promise<CancelReply> {
  await call.delete(path`/v1/jobs/${job.jobId}`, undefined, { mayBeEmpty: true });
  return { status: 'accepted' };
}
