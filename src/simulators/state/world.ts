import { createClock, type Clock } from './clock.ts';
import type { SimulatorState } from '../control/interface.ts';
import { DEEPWRITER_CREDENTIALS } from '../deepwriter/credentials.ts';
import { DOCSWRITE_CREDENTIALS } from '../docswrite/credentials.ts';
import type {
  Credential,
  FaultRecord,
  JobRecord,
  Service,
  Switches,
  Trapped,
  Violation,
  ViolationKind,
} from '../model.ts';
import { createRequestLog, type RequestLog } from '../http/request-log.ts';
import { createSeed, type Seed } from './seed.ts';

/** The state of one simulator. */
export interface World {
  readonly service: Service;
  readonly clock: Clock;
  readonly seed: Seed;
  readonly log: RequestLog;
  readonly jobs: Map<string, JobRecord>;
  readonly firstCredentials: readonly Credential[];
  credentials: Credential[];
  faults: FaultRecord[];
  faultsMade: number;
  switches: Switches;
  violations: Violation[];
  trapped: Trapped[];
  /** The times of accepted requests of the last minute, by token. */
  readonly admitted: Map<string, number[]>;
}

const DEFAULT_CREDENTIALS: Record<Service, readonly Credential[]> = {
  docswrite: DOCSWRITE_CREDENTIALS,
  deepwriter: DEEPWRITER_CREDENTIALS,
};

const DEFAULT_SWITCHES: Switches = {
  wrongQueue: 404,
  notFoundEnvelope: 'A',
  otherUsersJob: 404,
  badUuid: 400,
  requestsPerMinute: null,
};

export function createWorld(options: {
  service: Service;
  now: () => number;
  seed: number;
  credentials: readonly Credential[] | undefined;
}): World {
  const firstCredentials = options.credentials ?? DEFAULT_CREDENTIALS[options.service];
  return {
    service: options.service,
    clock: createClock(options.now),
    seed: createSeed(options.seed),
    log: createRequestLog(),
    jobs: new Map(),
    firstCredentials,
    credentials: structuredClone([...firstCredentials]),
    faults: [],
    faultsMade: 0,
    switches: { ...DEFAULT_SWITCHES },
    violations: [],
    trapped: [],
    admitted: new Map(),
  };
}

/** The key of a job. Ids are unique only within a queue. */
export function keyOf(jobId: string, queueType: string | null): string {
  return queueType === null ? jobId : `${queueType}/${jobId}`;
}

/** Records a violation. */
export function violate(world: World, kind: ViolationKind, where: { path: string; jobId: string | null }): void {
  world.violations.push({ kind, atMs: world.clock.now(), ...where });
}

export function stateOf(world: World): SimulatorState {
  const { service, clock, seed, jobs, credentials, faults, switches, violations } = world;
  const { offsetMs, skewMs } = clock;
  const { drawn } = seed;
  const state = { service, nowMs: clock.now(), offsetMs, skewMs, drawn, credentials, faults, switches, violations };
  return structuredClone({ ...state, jobs: [...jobs.values()] });
}

export function restore(world: World, state: SimulatorState): void {
  world.clock.offsetMs = state.offsetMs;
  world.clock.skewMs = state.skewMs;
  world.seed.drawn = state.drawn;
  world.credentials = state.credentials;
  world.faults = state.faults;
  world.faultsMade = Math.max(0, ...state.faults.map(({ id }) => Number(id.replace('fault-', ''))));
  world.switches = { ...DEFAULT_SWITCHES, ...state.switches }; // a file of an older version may lack a switch
  world.violations = state.violations;
  for (const job of state.jobs) world.jobs.set(keyOf(job.jobId, job.queueType), job);
}

/** See `SimulatorControl.reset`. */
export function reset(world: World): void {
  world.jobs.clear();
  world.credentials = structuredClone([...world.firstCredentials]);
  world.faults = [];
  world.switches = { ...DEFAULT_SWITCHES };
  world.violations = [];
  world.trapped = [];
  world.admitted.clear();
  world.log.clear();
}
