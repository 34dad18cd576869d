import type { CancelReply, JobRef, Snapshot } from '../contract/job.ts';
import type { ProviderTraits } from '../contract/providers.ts';
import type { ServiceCall } from './http/service-call.ts';
import type { ErrorCodes, IsOwnError } from './http/verdict.ts';

export { ProviderError } from '../contract/failure.ts';
export { readPercent, shownProgress } from './reading/percent.ts';
export type { Percent } from './reading/percent.ts';
export { boundJson } from './reading/bounds.ts';
export { cleanText } from './reading/text.ts';
export type { CancelReply, JobRef, Snapshot } from '../contract/job.ts';
export type { ProviderTraits } from '../contract/providers.ts';
export { path } from './http/service-call.ts';
export type { Reading, Send, ServiceAnswer, ServiceCall } from './http/service-call.ts';
export { isUsualError } from './http/verdict.ts';
export type { ErrorCodes, IsOwnError, Refusal } from './http/verdict.ts';

/**
 * The port: all that tracking asks of a service. One adapter reads answers, and never waits, retries or remembers.
 * `Auth`: the ways in which a credential may be sent, see `ProviderTraits.auths`.
 */
export interface Provider<Auth extends string = string> {
  readonly traits: ProviderTraits<Auth>;
  readonly defaultBaseUrl: string;
  /** @returns which way a credential of this form is sent when the account does not say */
  readonly authOf: (secret: string) => Auth;
  /** @returns the one header that carries the credential; a method, so that adapters of different `Auth` share one list */
  authHeader(secret: string, auth: Auth): Record<string, string>;
  /**
   * Reads one job's status.
   * @throws ProviderError of every kind; `not-found` also when the answer is about another job
   */
  readonly poll: (job: JobRef, call: ServiceCall) => Promise<Snapshot>;
  /**
   * Asks the service to cancel; absent where `traits.canCancel` is false. A refusal (4xx) need not be caught:
   * `openAccount` turns `unauthorized`, `rejected` and `not-found` into replies.
   * @throws ProviderError `unavailable`, `rate-limited` or `malformed`: sent perhaps, unanswered, to be sent again;
   * `rejected` for what the service itself will never do (501)
   */
  readonly cancel?: (job: JobRef, call: ServiceCall) => Promise<CancelReply>;
  /**
   * Says whether this body is an error that only this service writes. Only then does a 401, a 403, a 404 or another refusal count. Otherwise
   * a gateway or a proxy may have answered. `isUsualError` if absent.
   */
  readonly isOwnError?: IsOwnError;
  /** What a `code` in an error body means that came with a 2xx. A code that is not listed: the sentence decides, else `unavailable`. */
  readonly errorCodes?: ErrorCodes;
  /** What `jobtrack doctor` needs to try a credential; if absent it asks for job `0`. */
  readonly trialOf?: (secret: string) => Trial;
}

/** One read that shows whether the service takes a credential. */
export interface Trial {
  /** In the service's form, so that the service searches for it; no job has this id. */
  readonly job: JobRef;
  /** What the service allows a credential of this form, over all of its endpoints; null: not known for certain. */
  readonly requestsPerMinute: number | null;
}

/** Checks the shape of an adapter where it is written; adds nothing. */
export function defineProvider<Auth extends string>(provider: Provider<Auth>): Provider<Auth> {
  return provider;
}
