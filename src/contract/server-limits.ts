/**
 * Limits of Temporal's server. Beyond them, it refuses a start, or even ends a workflow at its first task. Bytes are counted in the encoded
 * value: UTF-8 of the text or, for attributes and metadata, of its JSON. A test compares the table with a server.
 */
export const SERVER_LIMITS = {
  /** `limit.maxIDLength`: workflow ids and names of task queues. */
  idBytes: 1_000,
  /**
   * The same in PostgreSQL and MySQL. A longer workflow id is not refused; the start is retried until its deadline. A workflow with a
   * longer task queue appears in no list.
   */
  storedIdChars: 255,
  /** `frontend.searchAttributesSizeOfValueLimit`: one attribute. */
  attributeBytes: 2_048,
  /** `frontend.searchAttributesTotalSizeLimit`: all attributes of a workflow. */
  allAttributesBytes: 40 * 1_024,
  /** `limit.blobSize.error`: the input, the result or the failure of a workflow or an activity, a heartbeat, the answer to a query. */
  blobBytes: 2 * 1_024 * 1_024,
  /** `limit.memoSize.error`: the whole memo. */
  memoBytes: 2 * 1_024 * 1_024,
  /** gRPC: one message, such as all commands of a workflow task. */
  messageBytes: 4 * 1_024 * 1_024,
  /** `limit.userMetadataSummarySize`: a static summary, and that of an activity or a timer. */
  summaryBytes: 400,
  /** An element of a KeywordList in the index of MySQL. Other stores allow more. */
  listElementChars: 255,
} as const;

/** The longest summary, characters. In its JSON, a character of printable ASCII may need two bytes. */
export const MAX_SUMMARY = SERVER_LIMITS.summaryBytes / 2 - 10;
