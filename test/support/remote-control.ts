import { ControlError } from '../../src/simulators/control/error.ts';
import type { SimulatorControl } from '../../src/simulators/simulator.ts';

interface Caller {
  show: <T>(name: string, query?: object) => Promise<T>;
  act: <T>(name: string, ask?: object) => Promise<T>;
}

function callerOf(base: string): Caller {
  const read = async <T>(response: Response): Promise<T> => {
    const value = (await response.json()) as T;
    if (!response.ok) throw new ControlError((value as { error?: string }).error ?? `HTTP ${response.status}`);
    return value;
  };
  const show = async <T>(name: string, query: object = {}): Promise<T> => {
    const given = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value));
    return read<T>(await fetch(`${base}/${name}?${given.toString()}`));
  };
  const act = async <T>(name: string, ask: object = {}): Promise<T> =>
    read<T>(
      await fetch(`${base}/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(ask),
      }),
    );
  return { show, act };
}

/**
 * The control API of a simulator in another process.
 * @throws ControlError, from each method, if the simulator refuses the call; `resume` always throws, because a paused simulator does not
 * listen
 */
export function connectControl(url: string): SimulatorControl {
  const { show, act } = callerOf(`${url.replace(/\/$/, '')}/_control`);
  return {
    createJob: (ask) => act('create-job', ask),
    job: (jobId, queueType) => show('job', { jobId, queueType }),
    jobs: () => show('jobs'),
    release: (jobId, queueType) => act('release', { jobId, queueType }),
    scenarios: () => show('scenarios'),
    requests: (filter = {}) => show('requests', filter),
    violations: () => show('violations'),
    trapped: () => show('trapped'),
    addFault: (fault) => act('add-fault', fault),
    removeFault: (id) => act('remove-fault', { id }),
    clearFaults: () => act('clear-faults'),
    setCredential: (credential) => act('set-credential', credential),
    setSwitches: (switches) => act('set-switches', switches),
    clock: {
      now: () => show('clock'),
      advance: (ms) => act('advance-clock', { ms }),
      set: (ms) => act('set-clock', { ms }),
      skew: (ms) => act('skew-clock', { ms }),
    },
    pause: (ask = {}) => act('pause', ask),
    resume: () => Promise.reject(new ControlError('a paused simulator hears nothing; pause it with forMs')),
    state: () => show('state'),
    reset: () => act('reset'),
  };
}
