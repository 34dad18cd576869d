import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../../src/embedded/child.ts';
import type { Outages } from './outages.ts';

export interface WorkerProcess {
  /** Ends the process, and starts a new one after `downMs`. @returns false: it was not serving */
  kill(signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<boolean>;
  /** Resolves when the worker serves. */
  serving(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerSite {
  name: string;
  env: NodeJS.ProcessEnv;
  outages: Outages;
  log: (line: string) => void;
  /** Called if a worker that was serving ended by itself. */
  onOwnEnd: (told: string) => void;
}

const ENTRY = fileURLToPath(new URL('worker.ts', import.meta.url));
/** A worker that ended, for example because it could not reach its server, is started again after this time. */
const RESTART_MS = 500;
const POLL_MS = 50;

/** Keeps one worker process running until `stop`, as a supervisor does. */
export function superviseWorker(site: WorkerSite): WorkerProcess {
  const state = { child: null as Child | null, isServing: false, isAsked: false, isStopping: false, downMs: 0 };
  let back = site.outages.begin(site.name);
  const onLine = (line: string): void => {
    if (!line.includes('worker serves')) {
      if (isNotable(line)) site.log(line);
      return;
    }
    state.isServing = true;
    back();
    site.log('serves');
  };
  const live = async (): Promise<void> => {
    while (!state.isStopping) {
      const child = await startChild(process.execPath, ['--import', 'tsx', ENTRY], { env: site.env, onLine });
      state.child = child;
      const exit = await child.exited;
      if (state.isServing && !state.isAsked) {
        back = site.outages.begin(site.name);
        site.onOwnEnd(`${site.name} ended by itself (${exit.code ?? exit.signal}): ${child.lastLines().join('\n')}`);
      }
      Object.assign(state, { child: null, isServing: false, isAsked: false });
      if (!state.isStopping) await sleep(Math.max(RESTART_MS, state.downMs));
      state.downMs = 0;
    }
  };
  const over = live();
  return {
    kill: async (signal, downMs) => {
      const { child } = state;
      if (child === null || !state.isServing || state.isAsked) return false;
      Object.assign(state, { isAsked: true, downMs });
      back = site.outages.begin(site.name);
      if (signal === 'SIGKILL') child.kill();
      else void child.stop(GRACE_MS);
      await child.exited;
      return true;
    },
    serving: async () => {
      while (!state.isServing || state.isAsked) await sleep(POLL_MS);
    },
    stop: async () => {
      Object.assign(state, { isAsked: true, isStopping: true });
      state.child?.kill();
      await over;
    },
  };
}

/** Leaves out the many lines that a worker logs at each start for its seven queues. */
function isNotable(line: string): boolean {
  return !line.includes('"level":"info"') && !line.includes('No workflows registered');
}

/** A drain takes at most 28 s (`shutdownForceTime`). */
const GRACE_MS = 35_000;
