import type { CancelTrouble } from '../../../contract/cancel.ts';
import type { EndingLimit } from '../../../contract/limits.ts';

/** The cancel of one job: one shape per phase. Times in ms. */
export type Cancel = NotAsked | Requested | Accepted | Refused | Unsupported | Over;

export interface NotAsked {
  readonly phase: 'none';
  /** Whether the service has a cancel; null: there is no plan yet. */
  readonly supported: boolean | null;
}

/** What all phases after a request know. */
export interface Asked {
  readonly requestedAtMs: number;
  readonly reason: string | null;
  readonly by: string | null;
  /** Temporal's own cancel came: a job that is cancelled or abandoned closes the workflow as Canceled. */
  readonly native: boolean;
  /** A person or a program asked; false with `limit`: only a limit asked. */
  readonly byCaller: boolean;
  readonly limit: EndingLimit | null;
  readonly knownIds: readonly string[];
  /** Calls of the cancel endpoint for this request. */
  readonly attempts: number;
  /** Why the last call did not work; null: it worked, or there was none. */
  readonly error: string | null;
}

/** The call of the cancel endpoint. */
export type Call = { readonly is: 'idle' } | { readonly is: 'due'; readonly atMs: number } | { readonly is: 'sent' };

export interface Requested extends Asked {
  readonly phase: 'requested';
  readonly call: Call;
  /** The trouble of the last call. */
  readonly trouble: CancelTrouble | null;
  /** A call had no answer. A later refusal may mean that it worked. */
  readonly mayHaveWorked: boolean;
  /** The service has answered this request, whatever it said. */
  readonly answered: boolean;
  /** A refusal counts only after a poll that began later has answered; null: none is awaited. */
  readonly checkSinceMs: number | null;
  readonly refusals: { readonly count: number; readonly sinceMs: number } | null;
  /** The service refused because the job cannot be cancelled yet. Each change of the job sends the cancel again. */
  readonly early: boolean;
  /** One refusal is enough. Set if a limit asks again after a refusal. */
  readonly once: boolean;
}

export interface Accepted extends Asked {
  readonly phase: 'accepted';
  readonly acceptedAtMs: number;
  readonly call: Call;
  readonly trouble: CancelTrouble | null;
}

export interface Refused extends Asked {
  readonly phase: 'refused';
  /** The service accepted it, and the status never confirmed it. */
  readonly unconfirmed: boolean;
}

export interface Unsupported extends Asked {
  readonly phase: 'unsupported';
}

/** The job has ended. */
export interface Over extends Asked {
  readonly phase: 'confirmed' | 'too-late';
}

export function isOpen(cancel: Cancel): cancel is Requested | Accepted {
  return cancel.phase === 'requested' || cancel.phase === 'accepted';
}
