import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../../src/embedded/child.ts';
import type { Outages } from './outages.ts';

export interface WorkerProcess {
  /** Ends the process, and starts another one after `downMs`. @returns false: it was not serving */
  kill(signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<boolean>;
  /** Resolves as soon as it serves. */
  serving(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerSite {
  name: string;
  env: NodeJS.ProcessEnv;
  outages: Outages;
  log: (line: string) => void;
  /** A worker that had served ended, and nobody had asked it to. */
  onOwnEnd: (told: string) => void;
}

const ENTRY = fileURLToPath(new URL('worker.ts', import.meta.url));
/** As a supervisor would: one that cannot reach its server is started again. */
const RESTART_MS = 500;
const POLL_MS = 50;

/** Keeps one worker process running, as a supervisor would, until `stop`. */
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

/** Its account of every start, on seven queues, would hide all else. */
function isNotable(line: string): boolean {
  return !line.includes('"level":"info"') && !line.includes('No workflows registered');
}

/** A drain takes at most 28 s; see worker.ts. */
const GRACE_MS = 35_000;
