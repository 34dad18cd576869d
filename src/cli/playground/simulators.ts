import type { Simulator } from '../../simulators/simulator.ts';
import { DEEPWRITER_API_KEY, DOCSWRITE_SITE_TOKEN, startSimulator } from '../../simulators/simulator.ts';
import { ownCommand } from './own-program.ts';
import type { Teardown } from './teardown.ts';

/** Both services, played in this process. */
export interface Simulators {
  docswrite: Simulator;
  deepwriter: Simulator;
}

export interface SimulatorOptions {
  teardown: Teardown;
  /** 0, or left out: any free one. */
  ports?: { docswrite: number; deepwriter: number };
  /** Their jobs are kept in files that begin so. */
  statePrefix?: string;
  /** Of their job ids; 1 if left out. */
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

/** The settings by which a worker polls the simulators; the credentials are good for nothing else. */
export function simulatedAccounts({ docswrite, deepwriter }: Simulators): Record<string, string> {
  return {
    DOCSWRITE_BASE_URL: docswrite.url,
    DOCSWRITE_TOKEN: DOCSWRITE_SITE_TOKEN,
    DEEPWRITER_BASE_URL: deepwriter.url,
    DEEPWRITER_TOKEN: DEEPWRITER_API_KEY,
  };
}

/** How to make a job at the simulators and follow it. */
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
