import type { Call } from '../http/call.ts';
import { judge, type Judgement } from '../state/credentials.ts';
import { presetAction } from '../faults/presets.ts';
import type { Action, CancelCall, Fields, HttpAnswer, JobRecord, Json, Lens } from '../model.ts';
import { advance, currentStep, wordOf } from '../scenarios/script.ts';
import type { World } from '../state/world.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const USER_ID = '00000000-0000-4000-a000-00000000feed';
const PROJECT_ID = '00000000-0000-4000-a000-0000000b0000';
const OTHER_ID = '00000000-0000-4000-a000-00000000dead';
const CANCELLABLE = new Set(['queued', 'in_progress']);

const answer = (status: number, json: Json): Action => ({ kind: 'answer', status, json });
const error = (status: number, text: string): Action => answer(status, { error: text });

function refusal({ is }: Exclude<Judgement, { is: 'valid' }>): Action {
  return error(401, is === 'expired' ? 'Token expired' : 'Unauthorized');
}

/** @returns every documented field (3.2) */
function documented(job: JobRecord): Fields {
  return {
    id: job.jobId,
    user_id: USER_ID,
    project_id: PROJECT_ID,
    status: 'in_progress',
    progress: 0,
    progress_stage: 'generating_work',
    percent_complete: 0,
    title: 'A book that nobody wrote',
    is_byok: false,
    reasoning_model: 'reasoner-1',
    writing_model: 'writer-1',
    function_model: null,
    error_message: null,
    is_starred: false,
    created_at: '@iso:0',
    updated_at: `@iso:${Math.max(0, (job.cancelledAtMs ?? job.stepSinceMs) - job.createdAtMs)}`,
  };
}

/** @returns the current answer of the job's script. It counts the read. */
function show(world: World, job: JobRecord, lens: Lens): HttpAnswer {
  const nowMs = world.clock.now();
  advance(job, nowMs);
  const step = currentStep(job, lens === 'older' ? 1 : 0);
  const cancelled: Fields = job.cancelledAtMs === null || lens === 'older' ? {} : { status: 'cancelled' };
  const shown: Fields = { ...documented(job), ...step.answer, ...cancelled };
  job.answered += 1;
  job.lastAnsweredAtMs = nowMs;
  advance(job, nowMs);
  if (step.http !== undefined && job.cancelledAtMs === null) return step.http;
  if (lens === 'other-id') shown['id'] = OTHER_ID;
  for (const name of step.omit ?? []) delete shown[name];
  return { status: 200, json: shown };
}

/** The service's usual answer to a cancel: 400 if it is too early or too late. */
function usualCancel(job: JobRecord): Action {
  const word = job.cancelledAtMs === null ? wordOf(currentStep(job).answer) : 'cancelled';
  return CANCELLABLE.has(word)
    ? answer(200, { message: 'Job cancelled successfully' })
    : error(400, `Job cannot be cancelled: it is ${word}`);
}

function cancel(world: World, job: JobRecord): Action {
  const nowMs = world.clock.now();
  advance(job, nowMs);
  const { calls = [], rest } = job.cancelPlan;
  job.cancelsRead += 1;
  const planned: CancelCall = calls[job.cancelsRead - 1] ?? rest ?? {};
  const reply =
    planned.action ?? (planned.preset === undefined ? usualCancel(job) : presetAction(planned.preset, planned.params));
  const accepted = reply.kind === 'answer' && reply.status >= 200 && reply.status < 300;
  job.cancelSeenAtMs ??= nowMs;
  if ((planned.effect ?? accepted) && job.endedAtMs === null && job.cancelAcceptedAtMs === null) {
    job.cancelAcceptedAtMs = nowMs;
    job.cancelAcceptedAtPoll = job.answered;
    advance(job, nowMs);
  }
  return reply;
}

/** Answers `GET /api/getJobStatus` and `POST /api/cancelJob`. */
export function answerDeepWriter(world: World, call: Call, lens: Lens): Action {
  if (call.route === 'other') {
    const known = call.pathname === '/api/getJobStatus' || call.pathname === '/api/cancelJob';
    return known ? error(405, 'Method not allowed') : error(404, 'Not found');
  }
  const judgement = judge(world.credentials, call.carried, world.clock.now());
  if (judgement.is !== 'valid') return refusal(judgement);
  if (call.method === 'POST' && !/^application\/json\b/i.test(call.headers['content-type'] ?? ''))
    return error(400, 'A JSON body is required');
  if (call.jobId === null || call.jobId === '') return error(400, 'jobId is required');
  if (!UUID.test(call.jobId)) return error(world.switches.badUuid, 'Invalid jobId');
  const job = world.jobs.get(call.jobId.toLowerCase());
  if (job === undefined) return error(404, 'Job not found');
  if (job.account !== (judgement.credential.account ?? 'default')) {
    return world.switches.otherUsersJob === 403 ? error(403, 'Forbidden') : error(404, 'Job not found');
  }
  return call.route === 'cancel' ? cancel(world, job) : { kind: 'answer', ...show(world, job, lens) };
}
