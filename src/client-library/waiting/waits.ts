import type { OpenRun } from './requests.ts';

/** The most long polls of one tracker. A server allows some 1 200 per namespace, and workers need them too. */
export const MAX_LONG_POLLS = 20;

/** One run of a workflow. A workflow that is tracked again gets another first run. */
export interface Run {
  readonly runId: string;
  /** null: not known, because visibility does not show it. */
  readonly firstRunId: string | null;
}

/** A run, as it was described. */
export interface Described {
  readonly runId: string;
  readonly firstRunId: string;
  /** `continued`: as a new run of the same workflow. */
  readonly end: 'open' | 'continued' | 'closed';
}

/**
 * What a wait is doing.
 * - `new`: it gets a long poll, or else its first describe, or in a crowd a place in the next check
 * - `checking`: a list shows which of some waits are for open runs
 * - `absent`: the check showed no open run, so it has probably ended before
 * - `polling`, `yielding`: it has a long poll; that poll must end to make room
 * - `observed`: the list and the rotation look for its end
 * - `suspected`: another run of its workflow has closed, which is perhaps its end
 * - `describing`, `fetching`: a request is under way
 * - `ended`: its ending can be fetched
 * - `past`: its ending can be fetched, after those that are awaited longer
 * - `resting`: its request failed
 * - `returning`: it is described before anything else
 * - `left`: nobody waits any more
 */
export type Phase =
  | 'new'
  | 'checking'
  | 'absent'
  | 'polling'
  | 'yielding'
  | 'observed'
  | 'suspected'
  | 'describing'
  | 'ended'
  | 'past'
  | 'fetching'
  | 'resting'
  | 'returning'
  | 'left';

/** One caller who waits for the end of one job. */
export interface Wait {
  readonly workflowId: string;
  phase: Phase;
  /** The run to wait for, as last seen; null: the latest one. */
  run: Run | null;
  /** Closed runs of the workflow that have been looked into. */
  readonly suspects: Set<string>;
  /** It has probably ended before its caller waited. */
  isPast: boolean;
  /** The start of its last describe or yield, or its last failure. */
  sinceMs: number;
}

/**
 * All waits of a tracker. Functions change it in place: a copy of thousands of waits at each event would be slow. All times are of a
 * clock that never goes back, ms.
 */
export interface Waits {
  /** Each wait that has not left, in the order of its last change of phase. */
  readonly in: Readonly<Record<Exclude<Phase, 'left'>, Set<Wait>>>;
  readonly byWorkflow: Map<string, Set<Wait>>;
  /** Waits that have left while their request was open. It counts until it has ended, or else an abort of all would begin thousands. */
  readonly ending: { readonly polls: Set<Wait>; readonly describes: Set<Wait> };
  /** The list of closed runs works. */
  isListing: boolean;
  /** When the next check may begin. */
  checkDueMs: number;
  /** The starts of the last describes of the rotation, oldest first. */
  rotation: number[];
  /** The starts of the last requests for waits that are past, oldest first. */
  past: number[];
  /** A suspected wait goes before one that is due. It changes at each describe, so that neither stops the other. */
  suspectsFirst: boolean;
}

export function createWaits(): Waits {
  const phases = {
    new: new Set<Wait>(),
    checking: new Set<Wait>(),
    absent: new Set<Wait>(),
    polling: new Set<Wait>(),
    yielding: new Set<Wait>(),
    observed: new Set<Wait>(),
    suspected: new Set<Wait>(),
    describing: new Set<Wait>(),
    ended: new Set<Wait>(),
    past: new Set<Wait>(),
    fetching: new Set<Wait>(),
    resting: new Set<Wait>(),
    returning: new Set<Wait>(),
  };
  return {
    in: phases,
    byWorkflow: new Map(),
    ending: { polls: new Set(), describes: new Set() },
    isListing: true,
    checkDueMs: 0,
    rotation: [],
    past: [],
    suspectsFirst: true,
  };
}

export function enter(waits: Waits, workflowId: string): Wait {
  const wait: Wait = { workflowId, phase: 'new', run: null, suspects: new Set(), isPast: false, sinceMs: 0 };
  waits.in.new.add(wait);
  const same = waits.byWorkflow.get(workflowId) ?? new Set();
  waits.byWorkflow.set(workflowId, same.add(wait));
  return wait;
}

export function leave(waits: Waits, wait: Wait, nowMs: number): void {
  const { phase } = wait;
  if (phase === 'left') return;
  waits.in[phase].delete(wait);
  wait.phase = 'left';
  wait.sinceMs = nowMs;
  if (phase === 'describing') waits.ending.describes.add(wait);
  if (phase === 'polling' || phase === 'yielding' || phase === 'fetching') waits.ending.polls.add(wait);
  const same = waits.byWorkflow.get(wait.workflowId);
  same?.delete(wait);
  if (same?.size === 0) waits.byWorkflow.delete(wait.workflowId);
}

/** Records that the last request of a wait has ended. */
export function requestEnded({ ending }: Waits, wait: Wait): void {
  ending.polls.delete(wait);
  ending.describes.delete(wait);
}

/** Changes the phase of a wait, unless it has left. */
export function move(waits: Waits, wait: Wait, phase: Exclude<Phase, 'left'>): void {
  if (wait.phase === 'left') return;
  waits.in[wait.phase].delete(wait);
  wait.phase = phase;
  waits.in[phase].add(wait);
}

/** @returns how many callers wait */
export function sizeOf(waits: Waits): number {
  return Object.values(waits.in).reduce((sum, { size }) => sum + size, 0);
}

/** @returns whether a wait needs the list and the rotation, or will be tried again */
export function hasObserved(waits: Waits): boolean {
  const { polling, yielding, fetching } = waits.in;
  return sizeOf(waits) > polling.size + yielding.size + fetching.size;
}

/** @returns whether the list of closed runs is of use: more callers wait than may have a long poll */
export function needsList(waits: Waits): boolean {
  const { checking, absent, observed, suspected, describing } = waits.in;
  const unended = [checking, absent, observed, suspected, describing];
  return sizeOf(waits) > MAX_LONG_POLLS && unended.some(({ size }) => size > 0);
}

/** Records that a long poll has ended to make room. */
export function yielded(waits: Waits, wait: Wait): void {
  move(waits, wait, 'new');
}

/** Records that a request failed because the server did not answer. */
export function failed(waits: Waits, wait: Wait, nowMs: number): void {
  wait.sinceMs = nowMs;
  move(waits, wait, 'resting');
}

/**
 * Records which of some waits are for open runs. The others are described: they have ended, are not tracked, or visibility lags.
 * @param answer `open` null: there is no list
 */
export function checked(
  waits: Waits,
  some: readonly Wait[],
  { open, nowMs }: { open: readonly OpenRun[] | null; nowMs: number },
): void {
  waits.isListing = open !== null;
  const runs = new Map(open?.map(({ workflowId, runId }) => [workflowId, runId]));
  for (const wait of some) {
    if (wait.phase !== 'checking') continue;
    const runId = runs.get(wait.workflowId);
    if (runId !== undefined) wait.run = { runId, firstRunId: null };
    wait.sinceMs = nowMs;
    const phase = phaseAfterCheck(open, runId);
    wait.isPast = phase === 'absent';
    move(waits, wait, phase);
  }
}

function phaseAfterCheck(
  open: readonly OpenRun[] | null,
  runId: string | undefined,
): 'returning' | 'absent' | 'observed' {
  if (open === null) return 'returning';
  return runId === undefined ? 'absent' : 'observed';
}

/** @returns the run to describe; undefined: the latest one. If the first run is not known, only the run itself can show it */
export function runToDescribe({ run }: Wait): string | undefined {
  return run?.firstRunId === null ? run.runId : undefined;
}

/** Records a describe. A workflow with another first run was tracked again, so the run of this wait has ended. */
export function described(waits: Waits, wait: Wait, { runId, firstRunId, end }: Described): void {
  const before = wait.run?.firstRunId ?? null;
  const isLater = before !== null && before !== firstRunId;
  if (!isLater) wait.run = { runId, firstRunId };
  if (isLater || end === 'closed') return move(waits, wait, wait.isPast ? 'past' : 'ended');
  wait.isPast = false; // its run is open, though no list has shown it
  move(waits, wait, end === 'continued' ? 'returning' : 'observed');
}

/** Records closed runs, as the list shows them. The same runs may come again. */
export function listed(waits: Waits, closed: Iterable<{ workflowId: string; runId: string }>): void {
  for (const { workflowId, runId } of closed) {
    for (const wait of waits.byWorkflow.get(workflowId) ?? []) {
      wait.isPast = false;
      // In a large crowd, a job may end before its wait is checked.
      if (isUnseen(wait)) move(waits, wait, 'returning');
      if (wait.phase === 'past') move(waits, wait, 'ended');
      if (wait.phase !== 'observed' && wait.phase !== 'suspected') continue;
      if (wait.run?.runId === runId) move(waits, wait, 'ended');
      else if (!wait.suspects.has(runId)) {
        // It may be a later run of the same tracking, or a run of an earlier one. A describe shows which.
        wait.suspects.add(runId);
        move(waits, wait, 'suspected');
      }
    }
  }
}

function isUnseen({ phase }: Wait): boolean {
  return phase === 'new' || phase === 'checking' || phase === 'absent';
}
