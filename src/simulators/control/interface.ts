import type {
  CancelPlan,
  Credential,
  Ending,
  Fault,
  FaultRecord,
  Fields,
  JobRecord,
  Json,
  RequestEntry,
  Route,
  Service,
  SetCredential,
  Step,
  Switches,
  Trapped,
  Violation,
} from '../model.ts';

export interface CreateJob {
  scenario: string;
  /** Drawn from the seed if left out: a number as text at Docswrite, a uuid at DeepWriter. */
  jobId?: string;
  /** Docswrite only: by the credential if left out, else `post`. */
  queueType?: string;
  /** The token that is to read it; the account's first valid one if left out. */
  credential?: string;
  account?: string;
  params?: Fields;
  /** For the scenario `script`, or to replace a named scenario's own. */
  steps?: Step[];
  expected?: Ending;
  /** Replaces the scenario's answers to a cancel. */
  cancel?: CancelPlan;
}

export interface CreatedJob {
  jobId: string;
  /** The queue that a caller should name; absent at DeepWriter. */
  queueType?: string;
  scenario: string;
  /** The ending if the scenario is played as meant: with a cancel while the job is under way if `asksCancel`, else without. */
  expected: Ending;
  /** The ending if a cancel is asked while the job is under way. */
  expectedOnCancel: Ending;
  asksCancel: boolean;
  credential: { token: string; style: Credential['style'] };
}

export interface JobTruth {
  jobId: string;
  queueType: string | null;
  scenario: string;
  expected: Ending;
  expectedOnCancel: Ending;
  asksCancel: boolean;
  /** The service's word for the job now, or `http 404` and the like where the script has no job to show. */
  status: string;
  progress: Json;
  createdAtMs: number;
  /** When the job ended at the service; null: it has not. */
  endedAtMs: number | null;
  /** When the service first read a cancel for it. */
  cancelSeenAtMs: number | null;
  /** When a cancel first took effect. */
  cancelAcceptedAtMs: number | null;
  /** Status requests that came, spoilt ones among them. */
  polls: number;
  /** Status requests that the script answered: `afterPolls` counts these. */
  answered: number;
  /** Cancel requests that came, spoilt ones among them. */
  cancels: number;
}

export interface RequestFilter {
  jobId?: string;
  route?: Route;
  sinceMs?: number;
}

export interface ScenarioInfo {
  name: string;
  about: string;
  /** The lines of providers.md section 6 that it plays, and the pitfalls and rules that they stand for. */
  numbers: number[];
  pitfalls: string;
  params: Fields;
  choices: Record<string, Json[]>;
}

/** All that a restart keeps. */
export interface SimulatorState {
  service: Service;
  nowMs: number;
  offsetMs: number;
  skewMs: number;
  drawn: number;
  jobs: JobRecord[];
  credentials: Credential[];
  faults: FaultRecord[];
  switches: Switches;
  violations: Violation[];
}

/** The same in process and over HTTP (`connectControl`). */
export interface SimulatorControl {
  createJob(ask: CreateJob): Promise<CreatedJob>;
  /** @throws if there is no such job. At Docswrite the queue is needed only where an id is in both. */
  job(jobId: string, queueType?: string): Promise<JobTruth>;
  jobs(): Promise<JobTruth[]>;
  /** Lets the step or the confirmation begin that waits for it (`afterRelease`). */
  release(jobId: string, queueType?: string): Promise<void>;
  scenarios(): Promise<ScenarioInfo[]>;
  requests(filter?: RequestFilter): Promise<RequestEntry[]>;
  violations(): Promise<Violation[]>;
  trapped(): Promise<Trapped[]>;
  addFault(fault: Fault): Promise<string>;
  removeFault(id: string): Promise<void>;
  clearFaults(): Promise<void>;
  setCredential(credential: SetCredential): Promise<void>;
  setSwitches(switches: Partial<Switches>): Promise<Switches>;
  readonly clock: {
    now(): Promise<number>;
    /** @returns the time after it, epoch ms */
    advance(ms: number): Promise<number>;
    set(ms: number): Promise<number>;
    /** Moves the `Date` header and all timestamps in answers, not the jobs. */
    skew(ms: number): Promise<number>;
  };
  /** Refuses connections, and drops the open ones. Over HTTP `forMs` (real time) is required, or nobody could resume. */
  pause(ask?: { forMs?: number }): Promise<void>;
  resume(): Promise<void>;
  state(): Promise<SimulatorState>;
  /** Back to the start: no jobs, faults, log or violations, first credentials and switches, clock unmoved. */
  reset(): Promise<void>;
}
