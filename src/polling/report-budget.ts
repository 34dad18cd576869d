/**
 * A token bucket for reports other than progress and the end: a burst, then one report a minute. Without it, a service whose answers
 * alternate would fill the history (I1). Absent: no report was made yet.
 */
export interface ReportBudget {
  readonly left: number;
  readonly atMs: number;
}

/** More reports than a job needs whose answers do not alternate. */
export const BURST = 30;

const REFILL_MS = 60_000;

function leftAt(budget: ReportBudget | undefined, nowMs: number): number {
  if (budget === undefined) return BURST;
  return Math.min(BURST, budget.left + Math.max(0, nowMs - budget.atMs) / REFILL_MS);
}

export function mayReport(budget: ReportBudget | undefined, nowMs: number): boolean {
  return leftAt(budget, nowMs) >= 1;
}

export function afterReport(budget: ReportBudget | undefined, nowMs: number): ReportBudget {
  return { left: Math.max(0, leftAt(budget, nowMs) - 1), atMs: nowMs };
}
