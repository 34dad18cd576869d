/** The pure part of a provider: what a caller, the plan and the core must know without calling the service. */
export interface ProviderTraits<Auth extends string = string> {
  readonly name: string;
  /** The name as the service writes it, for texts; `name` if left out. */
  readonly title?: string;
  /** In the order in which they stand in the workflow id, between account and job id. */
  readonly parameters: readonly ProviderParameter[];
  /** @returns the id as it is written everywhere, so that one job has one workflow */
  readonly normaliseJobId: (jobId: string) => string;
  /** @returns what is wrong with a normalised id; null: nothing */
  readonly jobIdProblem: (jobId: string) => string | null;
  /** An id in the form of this service, for examples in texts; `42` if left out. */
  readonly exampleJobId?: string;
  /** False: the service has no cancel; tracking ends as `abandoned`, and says so. */
  readonly canCancel: boolean;
  /** Most jobs end within this time, so younger ones are polled at the shortest interval; null: unknown. */
  readonly usualMs: number | null;
  /** The ways in which a credential may be sent. */
  readonly auths: readonly Auth[];
}

export interface ProviderParameter {
  /** In camel case. The command line has an option of the same words, such as `--paper-size` for `paperSize`. */
  readonly name: string;
  readonly default: string;
  /** What it is, and which values it has, for the help of the command line; `name` if left out. */
  readonly meaning?: string;
  /** A value other than the default, for examples in texts. */
  readonly example?: string;
}

export type ProviderTable = readonly ProviderTraits[];

/** @returns the provider's traits; undefined: nobody here knows it */
export function traitsOf(table: ProviderTable, provider: string): ProviderTraits | undefined {
  return table.find((traits) => traits.name === provider);
}
