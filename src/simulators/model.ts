/** The types of the simulators. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Fields = { [key: string]: Json };

export type Service = 'docswrite' | 'deepwriter';
export type Route = 'status' | 'cancel' | 'other';

/** `never`: the job never ends. `unauthorized` and `rejected`: what a caller without rights, or with a wrong request, sees. */
export type EndStatus =
  | 'completed'
  | 'failed'
  | 'moderated'
  | 'cancelled'
  | 'lost'
  | 'not-found'
  | 'abandoned'
  | 'never'
  | 'unauthorized'
  | 'rejected';

/** How a job ends at the service. */
export interface Ending {
  status: EndStatus;
  /** The service's own text; null: none. Left out: it does not apply. */
  reason?: string | null;
  link?: string | null;
  /** The number of failures in a completed job, such as images that could not be published. */
  warnings?: number;
  note?: string;
}

/** An answer that is valid HTTP. */
export interface HttpAnswer {
  status: number;
  headers?: Record<string, string | string[]>;
  /** At most one of `json` and `text`. With neither, there is no body. */
  json?: Json;
  text?: string;
  /** The difference between the `Date` header and the simulator's clock. */
  dateSkewMs?: number;
}

/** What is sent to the client. Waits are in real time, because they test the client's timeouts. */
export type Action =
  | ({ kind: 'answer' } & HttpAnswer)
  /** The service's own answer, altered. */
  | { kind: 'real'; delayMs?: number; headers?: Record<string, string | string[]>; prefix?: string; lens?: Lens }
  | { kind: 'trickle'; everyMs: number; bytes: number }
  | { kind: 'endless'; everyMs: number }
  | { kind: 'stall' }
  | { kind: 'hang' }
  | { kind: 'drop'; when: 'before-headers' | 'without-answer' | 'in-body' }
  | { kind: 'truncate'; how: 'content-length' | 'chunked' | 'close' }
  | { kind: 'flood'; bytes: number; gzip: boolean }
  | { kind: 'redirect'; status: number; to: RedirectTarget };

/** Which answer of a job is sent: the current one, that of the step before, or one with another id. */
export type Lens = 'now' | 'older' | 'other-id';
export type RedirectTarget = 'other-host' | 'other-port' | 'same-host' | 'http' | 'loop';

/** A step begins when all its conditions are met. The steps follow in order. The first begins at once. */
export interface Step {
  /** ms since the job was created, by the simulator's clock. */
  afterMs?: number;
  /** The number of status reads that the script has answered. */
  afterPolls?: number;
  /** After a call of `release`, for a test that waits for an event instead of a time. */
  afterRelease?: boolean;
  /** The same as `afterPolls` of the next step. */
  untilPoll?: number;
  /** The job's raw fields. They may contain the markers of scenarios/markers.ts. */
  answer?: Fields;
  /** Default fields to leave out (`id`; at DeepWriter all documented ones). */
  omit?: string[];
  /** The answer instead of a job. */
  http?: HttpAnswer;
  /** Whether the job ends. Default: by its status. */
  ends?: boolean;
}

/** The n-th call of the cancel. What is left out follows from the state of the job, as at the service. */
export interface CancelCall {
  action?: Action;
  preset?: string;
  params?: Fields;
  /** Whether the call takes effect on the job. Default: if its answer is 2xx. */
  effect?: boolean;
}

/** How the service answers cancels of a job. */
export interface CancelPlan {
  calls?: CancelCall[];
  /** For every later call. */
  rest?: CancelCall;
  /** When the status becomes `cancelled` after a call that took effect: after ms, after more polls, or after a release. Null: never. */
  confirm?: { afterMs?: number; afterPolls?: number; afterRelease?: boolean } | null;
}

export type CredentialStyle = 'bearer' | 'x-access-token' | 'x-api-key';

/** A credential that the simulator knows. */
export interface Credential {
  token: string;
  style: CredentialStyle;
  status: 'valid' | 'revoked' | 'expired';
  /** The account whose jobs it may read. Default: `default`. */
  account?: string;
  /** It is valid before this time, by the simulator's clock, ms since the epoch. */
  expiresAtMs?: number | null;
  /** The number of further calls for which it is valid. */
  callsLeft?: number | null;
}

export interface SetCredential extends Credential {
  /** Rotation: this token is revoked, and the new one reads the same jobs. */
  replaces?: string;
}

/** A fault, and the calls that it concerns. A call must match every field that is given. */
export interface Fault {
  /** Default: `any`. */
  route?: 'status' | 'cancel' | 'any';
  jobId?: string;
  /** The token of the call. */
  credential?: string;
  /** Counted in matching calls; the first is 1. */
  fromCall?: number;
  toCall?: number;
  /** The number of matching calls, from `fromCall`. */
  times?: number;
  /** Only every n-th matching call. 2 alternates with the real answer. */
  every?: number;
  /** By the simulator's clock, ms since the epoch. */
  fromMs?: number;
  untilMs?: number;
  /** From now, by the simulator's clock, ms. */
  forMs?: number;
  preset?: string;
  params?: Fields;
  action?: Action;
  /** A cancel takes effect on the job, although the answer has the fault. */
  effect?: boolean;
}

/** An added fault. `matched`: the number of matching calls so far. */
export interface FaultRecord extends Fault {
  id: string;
  action: Action;
  matched: number;
}

/** Variants of the services that their documentation leaves open. */
export interface Switches {
  /** Docswrite: the status for a job of the other queue, or of another credential style. */
  wrongQueue: 404 | 400;
  /** Docswrite: the body of a 404, the documented `message` (A) or `{success:false,error}` (D). */
  notFoundEnvelope: 'A' | 'D';
  /** DeepWriter. Docswrite always answers 403. */
  otherUsersJob: 404 | 403;
  badUuid: 400 | 404 | 500;
  /** The most requests of one credential in any 60 s, over all jobs and routes; null: no limit. */
  requestsPerMinute: number | null;
}

/** A job at the simulator. Times are those of the simulator's clock, ms since the epoch. */
export interface JobRecord {
  jobId: string;
  queueType: string | null;
  scenario: string;
  account: string;
  createdAtMs: number;
  steps: Step[];
  cancelPlan: CancelPlan;
  expected: Ending;
  expectedOnCancel: Ending;
  asksCancel: boolean;
  stepIndex: number;
  stepSinceMs: number;
  /** Status reads that the script answered, without those that a fault replaced. */
  answered: number;
  lastAnsweredAtMs: number;
  polls: number;
  cancels: number;
  /** Cancels that reached the service. The n-th is answered by the n-th call of the plan. */
  cancelsRead: number;
  /** When `release` was called. */
  releasedAtMs?: number;
  endedAtMs: number | null;
  cancelSeenAtMs: number | null;
  cancelAcceptedAtMs: number | null;
  cancelAcceptedAtPoll: number;
  cancelledAtMs: number | null;
}

/** A logged request. */
export interface RequestEntry {
  id: number;
  atMs: number;
  method: string;
  /** With the query. Credentials are masked here, in headers and in the body. */
  path: string;
  route: Route;
  jobId: string | null;
  queueType: string | null;
  /** Null: no answer, or not yet. */
  status: number | null;
  /** Open requests of this kind for this job when this one arrived, this one included. */
  inFlight: number;
  headers: Record<string, string>;
  body: Json;
  /** The id of the fault in the answer. */
  fault: string | null;
}

export type ViolationKind =
  | 'two-credentials'
  | 'credential-in-url'
  | 'credential-at-redirect-target'
  | 'api-key-as-bearer'
  | 'job-id-not-text'
  | 'overlapping-reads'
  | 'content-type'
  | 'body-not-json'
  | 'unknown-route'
  | 'wrong-method';

/** Something that a client of these services must not do. */
export interface Violation {
  kind: ViolationKind;
  atMs: number;
  path: string;
  jobId: string | null;
}

/** A request that followed a redirect to the second listener. */
export interface Trapped {
  atMs: number;
  method: string;
  path: string;
  /** The names of credential headers in the request. There should be none. */
  credentialHeaders: string[];
}
