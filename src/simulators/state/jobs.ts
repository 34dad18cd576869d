import { ControlError } from '../control/error.ts';
import type { CreatedJob, CreateJob, JobTruth } from '../control/interface.ts';
import { fakeJwt } from './made-credentials.ts';
import { DOCSWRITE_QUEUES } from '../docswrite/service.ts';
import { presetAction } from '../faults/presets.ts';
import type { Credential, JobRecord } from '../model.ts';
import { planned, type Played } from '../scenarios/catalog.ts';
import { advance, begin, currentStep, normalised, wordOf } from '../scenarios/script.ts';
import { keyOf, type World } from './world.ts';

const STYLE_OF_QUEUE: Record<string, Credential['style']> = { post: 'x-access-token', publish: 'bearer' };

function ownCredential(world: World, account: string, asked: NonNullable<Played['credential']>): Credential {
  const made: Credential = { ...asked, token: fakeJwt({ jti: world.seed.uuid() }), account, status: 'valid' };
  world.credentials.push(made);
  return made;
}

function pickCredential(world: World, ask: CreateJob, played: Played): Credential {
  if (ask.credential !== undefined) {
    const given = world.credentials.find(({ token }) => token === ask.credential);
    if (given === undefined) throw new ControlError('no such credential; set it first');
    return given;
  }
  const account = ask.account ?? 'default';
  if (played.credential !== undefined) return ownCredential(world, account, played.credential);
  const style = world.service === 'docswrite' ? STYLE_OF_QUEUE[ask.queueType ?? 'post'] : undefined;
  const theirs = world.credentials.filter((one) => (one.account ?? 'default') === account && one.status === 'valid');
  const picked = style === undefined ? theirs[0] : theirs.find((one) => one.style === style);
  if (picked === undefined) throw new ControlError(`account ${account} has no valid credential for this`);
  return picked;
}

function queueOf(world: World, ask: CreateJob, credential: Credential): string | null {
  if (world.service === 'deepwriter') return null;
  const queue = ask.queueType ?? (credential.style === 'bearer' ? 'publish' : 'post');
  if (!DOCSWRITE_QUEUES.includes(queue))
    throw new ControlError(`queueType must be one of ${DOCSWRITE_QUEUES.join(', ')}`);
  return queue;
}

function record(
  world: World,
  names: Pick<JobRecord, 'jobId' | 'queueType' | 'scenario' | 'account'>,
  played: Played,
): JobRecord {
  const nowMs = world.clock.now();
  return begin({
    ...names,
    createdAtMs: nowMs,
    steps: normalised(played.steps),
    cancelPlan: played.cancel ?? {},
    expected: played.expected,
    expectedOnCancel: played.expectedOnCancel,
    asksCancel: played.asksCancel ?? false,
    stepIndex: 0,
    stepSinceMs: nowMs,
    answered: 0,
    lastAnsweredAtMs: nowMs,
    polls: 0,
    cancels: 0,
    cancelsRead: 0,
    endedAtMs: null,
    cancelSeenAtMs: null,
    cancelAcceptedAtMs: null,
    cancelAcceptedAtPoll: 0,
    cancelledAtMs: null,
  });
}

/** Creates a job. A job with the same id is replaced. @throws ControlError for a wrong request */
export function createJob(world: World, ask: CreateJob): CreatedJob {
  const planOfScenario = planned(world.service, ask);
  for (const { preset, params } of [...(ask.cancel?.calls ?? []), ask.cancel?.rest ?? {}]) {
    if (preset !== undefined) presetAction(preset, params); // throws for a wrong preset now, not at the cancel
  }
  const played: Played = ask.cancel === undefined ? planOfScenario : { ...planOfScenario, cancel: ask.cancel };
  const credential = pickCredential(world, ask, played);
  const queueType = queueOf(world, ask, credential);
  const drawn = ask.jobId ?? (world.service === 'docswrite' ? world.seed.number() : world.seed.uuid());
  const jobId = world.service === 'deepwriter' ? drawn.toLowerCase() : drawn;
  const names = { jobId, queueType, scenario: ask.scenario, account: credential.account ?? 'default' };
  const job = record(world, names, played);
  world.jobs.set(keyOf(jobId, queueType), job);
  const otherQueue = DOCSWRITE_QUEUES.find((queue) => queue !== queueType);
  if (played.twinSteps !== null && otherQueue !== undefined) {
    const twin = record(world, { ...names, queueType: otherQueue }, { ...played, steps: played.twinSteps });
    world.jobs.set(keyOf(jobId, otherQueue), twin);
  }
  const { scenario, expected, expectedOnCancel, asksCancel } = job;
  const { token, style } = credential;
  return {
    jobId,
    ...(queueType === null ? {} : { queueType }),
    scenario,
    expected,
    expectedOnCancel,
    asksCancel,
    credential: { token, style },
  };
}

/** @throws ControlError if there is no such job */
export function findJob(world: World, jobId: string, queueType?: string): JobRecord {
  const found =
    world.service === 'deepwriter'
      ? world.jobs.get(jobId.toLowerCase())
      : DOCSWRITE_QUEUES.filter((queue) => queueType === undefined || queue === queueType)
          .map((queue) => world.jobs.get(keyOf(jobId, queue)))
          .find((job) => job !== undefined);
  if (found === undefined) throw new ControlError(`no job ${jobId}`);
  return found;
}

/** Begins the steps that wait for a release. */
export function release(world: World, jobId: string, queueType?: string): void {
  findJob(world, jobId, queueType).releasedAtMs ??= world.clock.now();
}

export function truthOf(world: World, job: JobRecord): JobTruth {
  advance(job, world.clock.now());
  const step = currentStep(job);
  const word = wordOf(step.answer);
  const scripted = step.http === undefined ? word : `http ${step.http.status}`;
  return {
    jobId: job.jobId,
    queueType: job.queueType,
    scenario: job.scenario,
    expected: job.expected,
    expectedOnCancel: job.expectedOnCancel,
    asksCancel: job.asksCancel,
    status: job.cancelledAtMs === null ? scripted : 'cancelled',
    progress: step.answer?.['progress'] ?? null,
    createdAtMs: job.createdAtMs,
    endedAtMs: job.endedAtMs,
    cancelSeenAtMs: job.cancelSeenAtMs,
    cancelAcceptedAtMs: job.cancelAcceptedAtMs,
    polls: job.polls,
    answered: job.answered,
    cancels: job.cancels,
  };
}
