/**
 * What may be told of a job beyond its progress and its end: a burst, then one telling a minute. A service whose answers go to and fro
 * with each poll would fill the history otherwise (I1). Absent: nothing is used up, as in what older code remembers.
 */
export interface ReportBudget {
  readonly left: number;
  readonly atMs: number;
}

/** More than any job goes through that does not flap. */
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
