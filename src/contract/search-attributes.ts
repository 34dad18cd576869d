/** Types of the server that our search attributes use. */
export type SearchAttributeType = 'KEYWORD' | 'KEYWORD_LIST' | 'INT';

/** A key of the SDK. It is declared here, because the SDK does not export the type. */
export interface SearchAttributeKey<Type extends SearchAttributeType = SearchAttributeType> {
  readonly name: string;
  readonly type: Type;
}

/** The search attributes of jobs, for the UI, `jobtrack list` and queries. The workflow writes them only when they change. */
export const searchAttributes = {
  provider: { name: 'JobProvider', type: 'KEYWORD' },
  account: { name: 'JobAccount', type: 'KEYWORD' },
  externalId: { name: 'JobExternalId', type: 'KEYWORD' },
  /** After the end: the status of the outcome. */
  state: { name: 'JobState', type: 'KEYWORD' },
  health: { name: 'JobHealth', type: 'KEYWORD' },
  /** `key=value` each. */
  labels: { name: 'JobLabels', type: 'KEYWORD_LIST' },
  /** Percent, rounded down to tens. */
  progress: { name: 'JobProgress', type: 'INT' },
} as const satisfies Record<string, SearchAttributeKey>;

export type SearchAttributes = typeof searchAttributes;
