import type { Fields, JobRecord, Step } from '../model.ts';

const ENDED = new Set(['completed', 'failed', 'cancelled', 'canceled', 'moderated']);

/** @returns the status in raw fields: `state` at Docswrite, `status` at DeepWriter */
export function wordOf(answer: Fields | undefined): string {
  const word = answer?.['state'] ?? answer?.['status'] ?? null;
  return typeof word === 'string' ? word : JSON.stringify(word);
}

function endsJob(step: Step): boolean {
  const word = wordOf(step.answer);
  return step.ends ?? ENDED.has(word.trim().toLowerCase());
}

/** Turns each `untilPoll` into `afterPolls` of the next step. */
export function normalised(steps: readonly Step[]): Step[] {
  return steps.map((step, index) => {
    const until = steps[index - 1]?.untilPoll;
    const { untilPoll: _unused, ...rest } = step;
    return until === undefined ? rest : { ...rest, afterPolls: until };
  });
}

function waitsForRelease(job: JobRecord, waiting: { afterRelease?: boolean }): boolean {
  return waiting.afterRelease === true && job.releasedAtMs === undefined;
}

/** @returns when all conditions of the step were met; null: not yet */
function beganAt(job: JobRecord, step: Step, nowMs: number): number | null {
  const byTime = job.createdAtMs + (step.afterMs ?? 0);
  if (byTime > nowMs || job.answered < (step.afterPolls ?? 0) || waitsForRelease(job, step)) return null;
  // The script is updated after each read. So `lastAnsweredAtMs` is the read that the step waited for.
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
  if (waitsForRelease(job, confirm ?? {})) return null;
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

/** Updates a job to the given time. If a cancel and the next step compete, the earlier one counts. */
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

/** @param back how many steps before the current one */
export function currentStep(job: JobRecord, back = 0): Step {
  return job.steps[Math.max(0, job.stepIndex - back)] ?? {};
}

/** Starts the first step of a job. */
export function begin(job: JobRecord): JobRecord {
  enter(job, 0, job.createdAtMs);
  return job;
}
