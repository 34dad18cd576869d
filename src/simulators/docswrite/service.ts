import type { Call } from '../http/call.ts';
import { judge, type Judgement } from '../state/credentials.ts';
import type { Action, Fields, HttpAnswer, JobRecord, Json, Lens } from '../model.ts';
import { advance, currentStep } from '../scenarios/script.ts';
import { keyOf, type World } from '../state/world.ts';

export const DOCSWRITE_QUEUES: readonly string[] = ['post', 'publish'];
const QUEUE_OF_STYLE: Record<string, string> = { bearer: 'publish', 'x-access-token': 'post' };

const answer = (status: number, json: Json): Action => ({ kind: 'answer', status, json });

/** Error bodies of 2.5: for organisation keys with a code (C), for site tokens with a message only (B). */
function refusal(judgement: Exclude<Judgement, { is: 'valid' }>): Action {
  const { is, carried } = judgement;
  if (is === 'missing') return answer(401, { error: true, message: 'Unauthorized', details: 'No token provided' });
  if (is === 'two') return answer(401, { error: true, message: 'Unauthorized', details: 'More than one credential' });
  if (carried?.style === 'bearer') {
    const code = is === 'revoked' ? 'API_KEY_REVOKED' : is === 'expired' ? 'API_KEY_EXPIRED' : 'INVALID_API_KEY';
    return answer(401, { error: true, code, message: 'The API key is not valid' });
  }
  return answer(401, { error: true, message: 'Unauthenticated' });
}

function missing(world: World, wrongQueue: boolean): Action {
  if (wrongQueue && world.switches.wrongQueue === 400)
    return answer(400, { success: false, error: 'Job is not in this queue' });
  return world.switches.notFoundEnvelope === 'D'
    ? answer(404, { success: false, error: 'Job not found' })
    : answer(404, { error: true, message: 'Job not found', details: 'No job with this id' });
}

/** @returns the current answer of the job's script. It counts the read. */
function show(world: World, job: JobRecord, lens: Lens): HttpAnswer {
  const nowMs = world.clock.now();
  advance(job, nowMs);
  const step = currentStep(job, lens === 'older' ? 1 : 0);
  job.answered += 1;
  job.lastAnsweredAtMs = nowMs;
  advance(job, nowMs);
  if (step.http !== undefined) return step.http;
  const data: Fields = { id: lens === 'other-id' ? `${job.jobId}0` : job.jobId, ...step.answer };
  for (const name of step.omit ?? []) delete data[name];
  return { status: 200, json: { success: true, data } };
}

/** Answers `POST /api/job/status`. */
export function answerDocswrite(world: World, call: Call, lens: Lens): Action {
  if (call.route === 'other')
    return answer(404, { error: true, message: 'Not found', details: `Cannot ${call.method} ${call.pathname}` });
  const judgement = judge(world.credentials, call.carried, world.clock.now());
  if (judgement.is !== 'valid') return refusal(judgement);
  if (!/^application\/json\b/i.test(call.headers['content-type'] ?? '') || call.fields === null) {
    return answer(400, { success: false, error: 'A JSON body is required' });
  }
  if (call.jobId === null || call.jobId === '') return answer(400, { success: false, error: 'jobId is required' });
  const queue = call.fields['queueType'] ?? 'post';
  if (typeof queue !== 'string' || !DOCSWRITE_QUEUES.includes(queue))
    return answer(400, { success: false, error: 'Invalid queueType' });
  const job = world.jobs.get(keyOf(call.jobId, queue));
  const { style, account } = judgement.credential;
  if (job === undefined || QUEUE_OF_STYLE[style] !== queue) {
    return missing(
      world,
      DOCSWRITE_QUEUES.some((other) => world.jobs.has(keyOf(call.jobId ?? '', other))),
    );
  }
  if (job.account !== (account ?? 'default')) {
    return answer(403, { error: true, message: 'Access denied', details: 'This job belongs to another user' });
  }
  return { kind: 'answer', ...show(world, job, lens) };
}
