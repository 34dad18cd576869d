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

/** A job to create. */
export interface CreateJob {
  scenario: string;
  /** Default: by the seed, a number at Docswrite, a uuid at DeepWriter. */
  jobId?: string;
  /** Docswrite only. Default: by the credential; without one, `post`. */
  queueType?: string;
  /** The token that reads the job. Default: the first valid one of the account. */
  credential?: string;
  account?: string;
  params?: Fields;
  /** For the scenario `script`, or to replace a named scenario's own. */
  steps?: Step[];
  expected?: Ending;
  /** Replaces the scenario's answers to a cancel. */
  cancel?: CancelPlan;
}

/** A created job. */
export interface CreatedJob {
  jobId: string;
  /** The queue for the caller. Left out at DeepWriter. */
  queueType?: string;
  scenario: string;
  /** The ending without a cancel; if `asksCancel`, with a cancel while the job runs. */
  expected: Ending;
  /** The ending with a cancel while the job runs. */
  expectedOnCancel: Ending;
  /** The scenario needs a cancel while the job runs. */
  asksCancel: boolean;
  credential: { token: string; style: Credential['style'] };
}

/** The real state of a job at the simulator. */
export interface JobTruth {
  jobId: string;
  queueType: string | null;
  scenario: string;
  expected: Ending;
  expectedOnCancel: Ending;
  asksCancel: boolean;
  /** The current status at the service; such as `http 404`, if the script has no job. */
  status: string;
  progress: Json;
  createdAtMs: number;
  /** When the job ended at the service; null: it has not ended. */
  endedAtMs: number | null;
  /** When the first cancel reached the service; null: none has. */
  cancelSeenAtMs: number | null;
  /** When a cancel took effect; null: none has. */
  cancelAcceptedAtMs: number | null;
  /** All status requests, also those with a fault. */
  polls: number;
  /** Status requests that the script answered. `afterPolls` counts these. */
  answered: number;
  /** All cancel requests, also those with a fault. */
  cancels: number;
}

/** Selects logged requests. A request must match every field that is given. */
export interface RequestFilter {
  jobId?: string;
  route?: Route;
  sinceMs?: number;
}

/** The description of a scenario, for docs/simulators.md. */
export interface ScenarioInfo {
  name: string;
  about: string;
  /** Column "lines" of docs/simulators.md: the numbers of the effects on a client. */
  numbers: number[];
  /** Column "stands for": the pitfalls and rules of docs/providers.md. */
  pitfalls: string;
  params: Fields;
  choices: Record<string, Json[]>;
}

/** The state that a restart keeps. */
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

/** Controls a simulator, in its process or over HTTP. Each method throws ControlError for a wrong call. */
export interface SimulatorControl {
  createJob(ask: CreateJob): Promise<CreatedJob>;
  /** @param queueType only for an id that is in both queues of Docswrite */
  job(jobId: string, queueType?: string): Promise<JobTruth>;
  jobs(): Promise<JobTruth[]>;
  /** Begins the step or the confirmation that waits for it (`afterRelease`). */
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
    /** @returns the new time, ms since the epoch */
    advance(ms: number): Promise<number>;
    set(ms: number): Promise<number>;
    /** Shifts the `Date` header and all timestamps in answers, but not the jobs. */
    skew(ms: number): Promise<number>;
  };
  /** Refuses connections, and closes the open ones. Over HTTP, `forMs` (real time) is required, because it could not be resumed. */
  pause(ask?: { forMs?: number }): Promise<void>;
  resume(): Promise<void>;
  state(): Promise<SimulatorState>;
  /** Removes jobs, faults, log and violations, and restores credentials and switches. The clock stays. */
  reset(): Promise<void>;
}
