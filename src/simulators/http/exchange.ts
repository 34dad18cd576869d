import type { IncomingMessage, ServerResponse } from 'node:http';
import { readCall, type Call } from './call.ts';
import { answerDeepWriter } from '../deepwriter/service.ts';
import { answerDocswrite } from '../docswrite/service.ts';
import { faultFor } from '../faults/inject.ts';
import { limited } from './rate-limit.ts';
import type { Action, FaultRecord, HttpAnswer, JobRecord, RequestEntry } from '../model.ts';
import { perform, type Stage } from './perform.ts';
import { keyOf, violate, type World } from '../state/world.ts';

/** What `serve` needs of the server. */
export interface Surroundings {
  selfOrigin(): string;
  trapPort(): number;
  /** Called when the state has changed and must be written to its file. */
  changed(): void;
}

function jobOf(world: World, call: Call): JobRecord | undefined {
  return call.jobId === null
    ? undefined
    : world.jobs.get(keyOf(world.service === 'deepwriter' ? call.jobId.toLowerCase() : call.jobId, call.queueType));
}

function note(world: World, call: Call, outgoing: ServerResponse): RequestEntry {
  const { method, route, jobId, queueType, headers, body } = call;
  const overlapping = (): void => violate(world, 'overlapping-reads', { path: call.shownPath, jobId });
  const entry = {
    atMs: world.clock.now(),
    method,
    path: call.shownPath,
    route,
    jobId,
    queueType,
    status: null,
    headers,
    body,
    fault: null,
  };
  return world.log.begin(entry, outgoing, overlapping);
}

/** Whether the service sees the request. If not, the job's script must not go on. */
function reachesService(fault: FaultRecord | null): boolean {
  return fault === null || fault.action.kind === 'real' || fault.action.kind === 'trickle' || fault.effect === true;
}

function withHeaders(action: Action, headers: Record<string, string>): Action {
  return action.kind === 'answer' ? { ...action, headers: { ...headers, ...action.headers } } : action;
}

const NOTHING: HttpAnswer = {
  status: 200,
  json: { success: true, data: { state: 'active', note: 'a body that is cut somewhere about here' } },
};

/** Handles one request: reads it, logs it, chooses the answer or a fault, and sends it. */
export async function serve(
  world: World,
  request: { incoming: IncomingMessage; outgoing: ServerResponse; bodyText: string },
  around: Surroundings,
): Promise<void> {
  const call = readCall(world, request.incoming, request.bodyText);
  const entry = note(world, call, request.outgoing);
  const job = jobOf(world, call);
  if (job !== undefined && call.route === 'status') job.polls += 1;
  if (job !== undefined && call.route === 'cancel') job.cancels += 1;
  const { headers, refusal } = limited(world, call); // before the service: a refused request changes no job
  const fault = refusal === null ? faultFor(world, call) : null;
  entry.fault = fault?.id ?? null;
  const lens = fault?.action.kind === 'real' ? (fault.action.lens ?? 'now') : 'now';
  const answerOf = world.service === 'docswrite' ? answerDocswrite : answerDeepWriter;
  const answered: Action = reachesService(fault) ? answerOf(world, call, lens) : { kind: 'answer', ...NOTHING };
  const own: Action = refusal === null ? withHeaders(answered, headers) : { kind: 'answer', ...refusal };
  around.changed();
  const time = {
    nowMs: world.clock.shown(),
    createdAtMs: (job?.createdAtMs ?? world.clock.now()) + world.clock.skewMs,
    count: job?.answered ?? 0,
  };
  const stage: Stage = {
    time,
    selfOrigin: around.selfOrigin(),
    trapPort: around.trapPort(),
    path: request.incoming.url ?? '/',
  };
  const ownAnswer = own.kind === 'answer' ? own : NOTHING;
  entry.status = await perform(request.outgoing, { action: fault?.action ?? own, own: ownAnswer, stage });
}
