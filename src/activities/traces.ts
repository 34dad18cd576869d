import type { JobRef } from '../contract/job.ts';
import type { RequestWatch } from '../providers/http/request-watch.ts';

/** The span of a poll or a cancel. */
export interface CallSpan {
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  /** Why it failed; null: it did not. */
  readonly error: string | null;
}

/** The trace of one poll or one cancel, while it is made. */
export interface CallTrace {
  /** Observes its requests; undefined: this process makes no traces. */
  readonly watch: RequestWatch | undefined;
  /** Makes a span of the call, and one of each request. A call that is never recorded leaves no span. */
  readonly record: (span: CallSpan) => void;
}

/** Makes spans of the calls to services. */
export interface Traces {
  readonly begin: (name: 'poll' | 'cancel', job: JobRef) => CallTrace;
}

/** For a process that makes no traces. */
export const NO_TRACES: Traces = { begin: () => ({ watch: undefined, record: () => undefined }) };
