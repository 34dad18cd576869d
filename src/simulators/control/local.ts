import type { SimulatorControl } from './interface.ts';
import { ControlError } from './error.ts';
import { addFault } from '../faults/inject.ts';
import { createJob, findJob, release, truthOf } from '../state/jobs.ts';
import type { SetCredential } from '../model.ts';
import { scenarioInfos } from '../scenarios/catalog.ts';
import { reset, stateOf, type World } from '../state/world.ts';

/** The controls that need the server. */
export interface Listening {
  pause(forMs: number | undefined): Promise<void>;
  resume(): Promise<void>;
  /** Writes the state to its file at once, if there is one. */
  keep(): void;
}

const STYLES: Record<World['service'], string[]> = {
  docswrite: ['bearer', 'x-access-token'],
  deepwriter: ['bearer', 'x-api-key'],
};

function setCredential(world: World, { replaces, ...credential }: SetCredential): void {
  if (!STYLES[world.service].includes(credential.style))
    throw new ControlError(`style must be one of ${STYLES[world.service].join(', ')}`);
  if (typeof credential.token !== 'string' || credential.token === '')
    throw new ControlError('a credential needs a token');
  const old = replaces === undefined ? undefined : world.credentials.find(({ token }) => token === replaces);
  if (replaces !== undefined && old === undefined) throw new ControlError('there is no credential to replace');
  if (old !== undefined) old.status = 'revoked';
  const known = world.credentials.find(({ token }) => token === credential.token);
  const account = credential.account ?? old?.account ?? known?.account ?? 'default';
  const made = { ...credential, account };
  if (known === undefined) world.credentials.push(made);
  else Object.assign(known, { callsLeft: null, expiresAtMs: null }, made);
}

/** @throws ControlError for a value that a clock cannot take */
function ms(value: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ControlError('ms must be a number');
  return value;
}

function clockOf(world: World, act: <T>(work: () => T) => Promise<T>): SimulatorControl['clock'] {
  const { clock } = world;
  return {
    now: () => act(() => clock.now()),
    advance: (by) => act(() => ((clock.offsetMs += ms(by)), clock.now())),
    set: (to) => act(() => ((clock.offsetMs += ms(to) - clock.now()), clock.now())),
    skew: (by) => act(() => ((clock.skewMs = ms(by)), clock.now())),
  };
}

/** The control API in this process. The HTTP routes call it. */
export function createLocalControl(world: World, listening: Listening): SimulatorControl {
  const act = async <T>(work: () => T): Promise<T> => {
    const done = work();
    listening.keep();
    return done;
  };
  const see = async <T>(work: () => T): Promise<T> => structuredClone(work());
  return {
    createJob: (ask) => act(() => structuredClone(createJob(world, structuredClone(ask)))),
    job: (jobId, queueType) => see(() => truthOf(world, findJob(world, jobId, queueType))),
    jobs: () => see(() => [...world.jobs.values()].map((job) => truthOf(world, job))),
    release: (jobId, queueType) => act(() => release(world, jobId, queueType)),
    scenarios: () => see(() => scenarioInfos(world.service)),
    requests: (filter = {}) => see(() => world.log.find(filter)),
    violations: () => see(() => world.violations),
    trapped: () => see(() => world.trapped),
    addFault: (fault) => act(() => addFault(world, structuredClone(fault))),
    removeFault: (id) => act(() => void (world.faults = world.faults.filter((fault) => fault.id !== id))),
    clearFaults: () => act(() => void (world.faults = [])),
    setCredential: (credential) => act(() => setCredential(world, credential)),
    setSwitches: (switches) => act(() => ({ ...(world.switches = { ...world.switches, ...switches }) })),
    clock: clockOf(world, act),
    pause: (ask = {}) => listening.pause(ask.forMs),
    resume: () => listening.resume(),
    state: () => see(() => stateOf(world)),
    reset: () => act(() => reset(world)),
  };
}
