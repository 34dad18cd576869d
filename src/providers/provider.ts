import type { CancelReply, JobRef, Snapshot } from '../contract/job.ts';
import type { ProviderTraits } from '../contract/providers.ts';
import type { ServiceCall } from './http/service-call.ts';
import type { ErrorCodes, IsOwnError } from './http/verdict.ts';

export { ProviderError } from '../contract/failure.ts';
export { type Percent, readPercent, shownProgress } from './reading/percent.ts';
export { boundJson } from './reading/bounds.ts';
export { cleanText } from './reading/text.ts';
export type { CancelReply, JobRef, Snapshot } from '../contract/job.ts';
export type { ProviderTraits } from '../contract/providers.ts';
export { path, type Reading, type Send, type ServiceAnswer, type ServiceCall } from './http/service-call.ts';
export { type ErrorCodes, type IsOwnError, isUsualError, type Refusal } from './http/verdict.ts';

/**
 * The port to a service. An adapter makes requests and reads answers. It never waits, retries or keeps state.
 * `Auth`: the ways to send a credential, see `ProviderTraits.auths`.
 */
export interface Provider<Auth extends string = string> {
  readonly traits: ProviderTraits<Auth>;
  /** Used for accounts without a base URL of their own. */
  readonly defaultBaseUrl: string;
  /** @returns how to send a credential of this form, if the account does not say it */
  readonly authOf: (secret: string) => Auth;
  /**
   * @returns the header with the credential
   * @example (secret) => ({ authorization: `Bearer ${secret}` })
   */
  authHeader(secret: string, auth: Auth): Record<string, string>; // a method, so that adapters of different `Auth` fit into one list
  /**
   * Reads the status of one job. A status that the adapter does not know is state `unknown`; it never ends a job.
   * @throws ProviderError of any kind; `not-found` also if the answer is about another job
   */
  readonly poll: (job: JobRef, call: ServiceCall) => Promise<Snapshot>;
  /**
   * Asks the service to cancel. Left out if `traits.canCancel` is false. It need not catch a refusal (4xx): `openAccount` turns
   * `unauthorized`, `rejected` and `not-found` into replies.
   * @throws ProviderError `unavailable`, `rate-limited` or `malformed`: the request may have arrived, and is sent again; `rejected`: the
   * service does not have this call (501)
   * @example
   * async (job, call) => {
   *   await call.post(path`/jobs/${job.jobId}/cancel`, undefined, { mayBeEmpty: true });
   *   return { status: 'accepted' };
   * }
   */
  readonly cancel?: (job: JobRef, call: ServiceCall) => Promise<CancelReply>;
  /**
   * @returns whether only this service writes such an error body. If not, a gateway or a proxy may have answered, and a 401, 403, 404 or
   * other refusal cannot end a job. Default: `isUsualError`
   */
  readonly isOwnError?: IsOwnError;
  /** The meaning of a `code` in an error body with status 2xx. For other codes the message decides; else it is `unavailable`. Default: none. */
  readonly errorCodes?: ErrorCodes;
  /** How `jobtrack doctor` tests a credential. Default: it reads job `0`. */
  readonly trialOf?: (secret: string) => Trial;
}

/** One read that shows whether the service accepts a credential. */
export interface Trial {
  /** An id in the service's format that no job has. The service must look it up. */
  readonly job: JobRef;
  /** The rate limit of the service for such a credential, over all its endpoints; null: not known for certain. */
  readonly requestsPerMinute: number | null;
}

/**
 * Checks the type of an adapter. It returns the adapter unchanged.
 * @example
 * export const printshop = defineProvider({
 *   traits: printshopTraits,
 *   defaultBaseUrl: 'https://api.printshop.example',
 *   authOf: () => 'bearer',
 *   authHeader: (secret) => ({ authorization: `Bearer ${secret}` }),
 *   poll,
 * });
 */
export function defineProvider<Auth extends string>(provider: Provider<Auth>): Provider<Auth> {
  return provider;
}
