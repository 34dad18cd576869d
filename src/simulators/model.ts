/** The words of the simulators. Nothing here runs. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Fields = { [key: string]: Json };

export type Service = 'docswrite' | 'deepwriter';
export type Route = 'status' | 'cancel' | 'other';

/** `never`: the service never says an end. The last two are what a caller without rights, or at the wrong place, can learn. */
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

export interface Ending {
  status: EndStatus;
  /** The service's own text; null: it gives none. Left out: does not apply. */
  reason?: string | null;
  link?: string | null;
  /** How many things went wrong in a job that completed, such as images that could not be published. */
  warnings?: number;
  note?: string;
}

export interface HttpAnswer {
  status: number;
  headers?: Record<string, string | string[]>;
  /** One of the two, or neither: no body. */
  json?: Json;
  text?: string;
  /** The answer's `Date` header differs so much from the simulator's clock. */
  dateSkewMs?: number;
}

/** What happens on the wire. Waits are in real ms: they test a client's own timeouts. */
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

export type Lens = 'now' | 'older' | 'other-id';
export type RedirectTarget = 'other-host' | 'other-port' | 'same-host' | 'http' | 'loop';

/** A step begins when all that it names has come; the steps are taken in order. The first begins at once. */
export interface Step {
  /** ms since the job was made, by the simulator's clock. */
  afterMs?: number;
  /** Status reads that the script has answered. */
  afterPolls?: number;
  /** `release` was called for the job: for a test that waits for an event instead of a time. */
  afterRelease?: boolean;
  /** The other way to say the next step's `afterPolls`. */
  untilPoll?: number;
  /** The job's raw fields; may hold the markers of scenarios/markers.ts. */
  answer?: Fields;
  /** Fields that would be added by default (`id`; all documented ones at DeepWriter) and are to be missing. */
  omit?: string[];
  /** Instead of a job. */
  http?: HttpAnswer;
  /** The job is over, or is not, whatever its status word says. */
  ends?: boolean;
}

/** The n-th call to cancel; what is left out is done as the service would, by the state of the job. */
export interface CancelCall {
  action?: Action;
  preset?: string;
  params?: Fields;
  /** Whether the job is told to stop by this call. */
  effect?: boolean;
}

export interface CancelPlan {
  calls?: CancelCall[];
  /** For every call after those. */
  rest?: CancelCall;
  /** When the status says `cancelled` after a call that took effect: after ms, so many more polls, or a release. null: never. */
  confirm?: { afterMs?: number; afterPolls?: number; afterRelease?: boolean } | null;
}

export type CredentialStyle = 'bearer' | 'x-access-token' | 'x-api-key';

export interface Credential {
  token: string;
  style: CredentialStyle;
  status: 'valid' | 'revoked' | 'expired';
  /** Whose jobs it may read; `default` if left out. */
  account?: string;
  /** Valid before this moment only, by the simulator's clock. */
  expiresAtMs?: number | null;
  /** Valid for so many more calls only. */
  callsLeft?: number | null;
}

export interface SetCredential extends Credential {
  /** Rotation: that token is revoked, and this one reads the same jobs. */
  replaces?: string;
}

export interface Fault {
  /** `any` if left out. */
  route?: 'status' | 'cancel' | 'any';
  jobId?: string;
  /** The token that a call carries. */
  credential?: string;
  /** Of the calls that match, the first is 1. */
  fromCall?: number;
  toCall?: number;
  /** Only so many matching calls, from `fromCall`. */
  times?: number;
  /** Every n-th of the matching calls: 2 alternates with the real answer. */
  every?: number;
  /** By the simulator's clock, epoch ms. */
  fromMs?: number;
  untilMs?: number;
  /** From now, by the simulator's clock. */
  forMs?: number;
  preset?: string;
  params?: Fields;
  action?: Action;
  /** A cancel reaches the job all the same, although its answer is spoilt. */
  effect?: boolean;
}

export interface FaultRecord extends Fault {
  id: string;
  action: Action;
  matched: number;
}

export interface Switches {
  /** Docswrite: what a job of the other queue, or another credential style, looks like. */
  wrongQueue: 404 | 400;
  /** Docswrite's 404: documented `message` (A) or `{success:false,error}` (D). */
  notFoundEnvelope: 'A' | 'D';
  /** DeepWriter; Docswrite always says 403. */
  otherUsersJob: 404 | 403;
  badUuid: 400 | 404 | 500;
  /** Requests that one credential may send in any 60 s, over all its jobs and routes; null: no limit. */
  requestsPerMinute: number | null;
}

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
  /** Status reads that the script answered; those that a fault swallowed are not among them. */
  answered: number;
  lastAnsweredAtMs: number;
  polls: number;
  cancels: number;
  /** Those that the service itself read: the n-th is answered by the plan's n-th call. */
  cancelsRead: number;
  /** When `release` was called; absent: it was not. */
  releasedAtMs?: number;
  endedAtMs: number | null;
  cancelSeenAtMs: number | null;
  cancelAcceptedAtMs: number | null;
  cancelAcceptedAtPoll: number;
  cancelledAtMs: number | null;
}

export interface RequestEntry {
  id: number;
  atMs: number;
  method: string;
  /** With the query; credentials are masked here and in headers and body. */
  path: string;
  route: Route;
  jobId: string | null;
  queueType: string | null;
  /** null: no answer, or not yet. */
  status: number | null;
  /** Requests of this kind for this job that were open when this one came, itself among them. */
  inFlight: number;
  headers: Record<string, string>;
  body: Json;
  /** The fault that spoilt the answer. */
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
  /** Names of the credential headers that came along; none is what should be. */
  credentialHeaders: string[];
}
