import {
  DEEPWRITER_API_KEY,
  DOCSWRITE_SITE_TOKEN,
  type Simulator,
  startSimulator,
} from '../../simulators/simulator.ts';
import { ownCommand } from './own-program.ts';
import type { Teardown } from './teardown.ts';

/** Both simulated services, in this process. */
export interface Simulators {
  docswrite: Simulator;
  deepwriter: Simulator;
}

/** How to start both simulators. */
export interface SimulatorOptions {
  teardown: Teardown;
  /** Default, or 0: any free port. */
  ports?: { docswrite: number; deepwriter: number };
  /** The prefix of files that keep their jobs. Default: jobs are not kept. */
  statePrefix?: string;
  /** The seed of their job ids. Default: 1. */
  seed?: number;
}

export async function startSimulators({
  teardown,
  ports,
  statePrefix,
  seed = 1,
}: SimulatorOptions): Promise<Simulators> {
  const start = async (service: 'docswrite' | 'deepwriter'): Promise<Simulator> => {
    const kept = statePrefix === undefined ? {} : { statePath: `${statePrefix}.${service}.json` };
    const simulator = await startSimulator({ service, port: ports?.[service] ?? 0, seed, ...kept });
    teardown.add(() => simulator.close());
    return simulator;
  };
  return { docswrite: await start('docswrite'), deepwriter: await start('deepwriter') };
}

/** @returns the variables of a worker for the simulators. The credentials work only there. */
export function simulatedAccounts({ docswrite, deepwriter }: Simulators): Record<string, string> {
  return {
    DOCSWRITE_BASE_URL: docswrite.url,
    DOCSWRITE_TOKEN: DOCSWRITE_SITE_TOKEN,
    DEEPWRITER_BASE_URL: deepwriter.url,
    DEEPWRITER_TOKEN: DEEPWRITER_API_KEY,
  };
}

/** @returns a guide to create a job at the simulators and follow it */
export function simulatorGuide({ docswrite, deepwriter }: Simulators): string {
  const create = (url: string): string =>
    `curl -s ${url}/_control/create-job -d '{"scenario":"success","params":{"stepMs":5000}}'`;
  return [
    'Create a job at a simulator, then follow it by the jobId that it answers with:',
    `  $ ${create(docswrite.url)}`,
    `  $ ${ownCommand} track docswrite <jobId> --watch`,
    `  $ ${create(deepwriter.url)}`,
    `  $ ${ownCommand} track deepwriter <jobId> --watch`,
    `Other scenarios: curl -s ${docswrite.url}/_control/scenarios, and the same at ${deepwriter.url}`,
  ].join('\n');
}
