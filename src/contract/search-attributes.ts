/** Types of the server that our search attributes use. */
export type SearchAttributeType = 'KEYWORD' | 'KEYWORD_LIST' | 'INT';

/** A key of the SDK. It is declared here, because the SDK does not export the type. */
export interface SearchAttributeKey<Type extends SearchAttributeType = SearchAttributeType> {
  name: string;
  type: Type;
}

/** A type, because `Object.values` of an interface returns `any`. */
export type SearchAttributes = {
  readonly provider: SearchAttributeKey<'KEYWORD'>;
  readonly account: SearchAttributeKey<'KEYWORD'>;
  readonly externalId: SearchAttributeKey<'KEYWORD'>;
  /** After the end: the status of the outcome. */
  readonly state: SearchAttributeKey<'KEYWORD'>;
  readonly health: SearchAttributeKey<'KEYWORD'>;
  /** `key=value` each. */
  readonly labels: SearchAttributeKey<'KEYWORD_LIST'>;
  /** Percent, rounded down to tens. */
  readonly progress: SearchAttributeKey<'INT'>;
};

/** The search attributes of jobs, for the UI, `jobtrack list` and queries. The workflow writes them only when they change. */
export const searchAttributes: SearchAttributes = {
  provider: { name: 'JobProvider', type: 'KEYWORD' },
  account: { name: 'JobAccount', type: 'KEYWORD' },
  externalId: { name: 'JobExternalId', type: 'KEYWORD' },
  state: { name: 'JobState', type: 'KEYWORD' },
  health: { name: 'JobHealth', type: 'KEYWORD' },
  labels: { name: 'JobLabels', type: 'KEYWORD_LIST' },
  progress: { name: 'JobProgress', type: 'INT' },
};
