/** The result of one check. `skipped`: the check could not be made, or was not needed. */
export type Standing = 'ok' | 'warning' | 'failed' | 'skipped';

/** One line of the report. `hint`: what to do; null: nothing, or it is in another check. */
export interface Check {
  readonly name: string;
  readonly status: Standing;
  readonly message: string;
  readonly hint: string | null;
}

/** The answer with `--json`. `ok`: nothing failed; there may be warnings. */
export interface DoctorReport {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

export function ok(name: string, message: string, hint: string | null = null): Check {
  return { name, status: 'ok', message, hint };
}

export function warning(name: string, message: string, hint: string): Check {
  return { name, status: 'warning', message, hint };
}

export function failed(name: string, message: string, hint: string): Check {
  return { name, status: 'failed', message, hint };
}

export function skipped(name: string, message: string): Check {
  return { name, status: 'skipped', message, hint: null };
}

export function reportOf(checks: readonly Check[]): DoctorReport {
  return { ok: checks.every(({ status }) => status !== 'failed'), checks };
}
