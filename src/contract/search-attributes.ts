export type SearchAttributeType = 'KEYWORD' | 'KEYWORD_LIST' | 'INT';

/** A key as the SDK has it. Said here, since the SDK does not export its type, and a declaration that digs for it resolves nowhere. */
export interface SearchAttributeKey<Type extends SearchAttributeType = SearchAttributeType> {
  name: string;
  type: Type;
}

/** No interface: `Object.values` of one gives `any`. */
export type SearchAttributes = {
  readonly provider: SearchAttributeKey<'KEYWORD'>;
  readonly account: SearchAttributeKey<'KEYWORD'>;
  readonly externalId: SearchAttributeKey<'KEYWORD'>;
  /** After the end: the status of the outcome. */
  readonly state: SearchAttributeKey<'KEYWORD'>;
  readonly health: SearchAttributeKey<'KEYWORD'>;
  /** `key=value` each. */
  readonly labels: SearchAttributeKey<'KEYWORD_LIST'>;
  /** In tens. */
  readonly progress: SearchAttributeKey<'INT'>;
};

/** What the UI's list, `jobtrack list` and Temporal queries find jobs by; written by the workflow, on change only. */
export const searchAttributes: SearchAttributes = {
  provider: { name: 'JobProvider', type: 'KEYWORD' },
  account: { name: 'JobAccount', type: 'KEYWORD' },
  externalId: { name: 'JobExternalId', type: 'KEYWORD' },
  state: { name: 'JobState', type: 'KEYWORD' },
  health: { name: 'JobHealth', type: 'KEYWORD' },
  labels: { name: 'JobLabels', type: 'KEYWORD_LIST' },
  progress: { name: 'JobProgress', type: 'INT' },
};
