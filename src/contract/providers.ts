/**
 * The facts about a service that clients and workers know without a call.
 * @example
 * const traits: ProviderTraits = {
 *   name: 'printshop',
 *   parameters: [],
 *   normaliseJobId: (jobId) => jobId.trim(),
 *   jobIdProblem: (jobId) => (/^\d+$/.test(jobId) ? null : 'must be digits'),
 *   canCancel: true,
 *   usualMs: null,
 *   auths: ['bearer'],
 * };
 */
export interface ProviderTraits<Auth extends string = string> {
  /** 1 to 40 of a-z, 0-9 and -. */
  readonly name: string;
  /** The service's own spelling of its name, for texts. Default: `name`. */
  readonly title?: string;
  /** In the order of the workflow id, where they are between account and job id. */
  readonly parameters: readonly ProviderParameter[];
  /** @returns the one form of the id, so that one job has one workflow. A second call must change nothing */
  readonly normaliseJobId: (jobId: string) => string;
  /** @returns the problem of a normalised id, as the end of a sentence; null: none */
  readonly jobIdProblem: (jobId: string) => string | null;
  /** An id in the format of the service, for examples in texts. Default: `42`. */
  readonly exampleJobId?: string;
  /** False: the service has no cancel, so a request to cancel ends tracking as `abandoned`. */
  readonly canCancel: boolean;
  /** Most jobs end within this time, ms. Younger jobs are polled at the shortest interval. Null: not known. */
  readonly usualMs: number | null;
  /** The ways to send a credential, such as `bearer`. */
  readonly auths: readonly Auth[];
}

/** A key of `JobRef` that a service needs besides the job id. */
export interface ProviderParameter {
  /** In camel case. The command line derives its option from it, such as `--paper-size` from `paperSize`. */
  readonly name: string;
  readonly default: string;
  /** Meaning and values, for the help of the command line. Default: `name`. */
  readonly meaning?: string;
  /** Another value than the default, for examples in texts. */
  readonly example?: string;
}

/** All known providers. */
export type ProviderTable = readonly ProviderTraits[];

/** @returns the traits of a provider; undefined: it is not in the table */
export function traitsOf(table: ProviderTable, provider: string): ProviderTraits | undefined {
  return table.find((traits) => traits.name === provider);
}
