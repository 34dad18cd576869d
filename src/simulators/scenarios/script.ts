import type { Fields, JobRecord, Step } from '../model.ts';

const ENDED = new Set(['completed', 'failed', 'cancelled', 'canceled', 'moderated']);

/** The status word of raw fields: `state` at Docswrite, `status` at DeepWriter. */
export function wordOf(answer: Fields | undefined): string {
  const word = answer?.['state'] ?? answer?.['status'] ?? null;
  return typeof word === 'string' ? word : JSON.stringify(word);
}

function endsJob(step: Step): boolean {
  const word = wordOf(step.answer);
  return step.ends ?? ENDED.has(word.trim().toLowerCase());
}

/** Turns each `untilPoll` into the next step's `afterPolls`. */
export function normalised(steps: readonly Step[]): Step[] {
  return steps.map((step, index) => {
    const until = steps[index - 1]?.untilPoll;
    const { untilPoll: _unused, ...rest } = step;
    return until === undefined ? rest : { ...rest, afterPolls: until };
  });
}

function isHeld(job: JobRecord, waiting: { afterRelease?: boolean }): boolean {
  return waiting.afterRelease === true && job.releasedAtMs === undefined;
}

/** @returns when the step began, by what it names; null: not yet */
function beganAt(job: JobRecord, step: Step, nowMs: number): number | null {
  const byTime = job.createdAtMs + (step.afterMs ?? 0);
  if (byTime > nowMs || job.answered < (step.afterPolls ?? 0) || isHeld(job, step)) return null;
  // `lastAnsweredAtMs` is the very read that was waited for: the script is brought up to date after each.
  return Math.max(
    job.stepSinceMs,
    step.afterMs === undefined ? 0 : byTime,
    step.afterPolls === undefined ? 0 : job.lastAnsweredAtMs,
    step.afterRelease === true ? (job.releasedAtMs ?? 0) : 0,
  );
}

function confirmedAt(job: JobRecord, nowMs: number): number | null {
  const { confirm } = job.cancelPlan;
  if (job.cancelAcceptedAtMs === null || job.endedAtMs !== null || confirm === null) return null;
  if (isHeld(job, confirm ?? {})) return null;
  const releasedAtMs = confirm?.afterRelease === true ? (job.releasedAtMs ?? 0) : 0;
  const byTime = Math.max(job.cancelAcceptedAtMs + (confirm?.afterMs ?? 0), releasedAtMs);
  const waitsForPolls = confirm?.afterPolls !== undefined;
  if (byTime > nowMs || job.answered < job.cancelAcceptedAtPoll + (confirm?.afterPolls ?? 0)) return null;
  return waitsForPolls ? Math.max(byTime, job.lastAnsweredAtMs) : byTime;
}

function enter(job: JobRecord, index: number, atMs: number): void {
  job.stepIndex = index;
  job.stepSinceMs = atMs;
  const step = job.steps[index];
  if (step !== undefined && job.endedAtMs === null && endsJob(step)) job.endedAtMs = atMs;
}

/** Brings a job up to date. A cancel and the script race by the clock: whichever came first stands. */
export function advance(job: JobRecord, nowMs: number): void {
  for (;;) {
    if (job.cancelledAtMs !== null) return;
    const next = job.steps[job.stepIndex + 1];
    const stepAt = next === undefined ? null : beganAt(job, next, nowMs);
    const cancelAt = confirmedAt(job, nowMs);
    if (cancelAt !== null && (stepAt === null || cancelAt <= stepAt)) {
      job.cancelledAtMs = cancelAt;
      job.endedAtMs = cancelAt;
      return;
    }
    if (stepAt === null) return;
    enter(job, job.stepIndex + 1, stepAt);
  }
}

/** The fields that a job shows as long as a step of its script has any. */
export function currentStep(job: JobRecord, back = 0): Step {
  return job.steps[Math.max(0, job.stepIndex - back)] ?? {};
}

/** Brings a job to its first step. */
export function begin(job: JobRecord): JobRecord {
  enter(job, 0, job.createdAtMs);
  return job;
}
