import { messageOf } from '../../client-library/grpc.ts';
import {
  DEEPWRITER_API_KEY,
  DOCSWRITE_SITE_TOKEN,
  type Service,
  type Simulator,
  startSimulator,
} from '../../simulators/simulator.ts';
import { CommandError, EXIT } from '../exit.ts';
import type { Play, Teardown } from './teardown.ts';
import { ownCommand } from './worker-process.ts';

/** Both simulated services, in this process. */
export type Simulators = Record<Service, Simulator>;

/** How to start both simulators. */
export interface SimulatorOptions {
  teardown: Teardown;
  /** Default, or 0: any free port. */
  ports?: Record<Service, number>;
  /** The prefix of files that keep their jobs. Default: jobs are not kept. */
  statePrefix?: string | undefined;
  /** The seed of their job ids. Default: 1. */
  seed?: number;
}

export async function startSimulators({ teardown, ports, statePrefix, seed }: SimulatorOptions): Promise<Simulators> {
  const start = async (service: Service): Promise<Simulator> => {
    const statePath = statePrefix === undefined ? undefined : `${statePrefix}.${service}.json`;
    const simulator = await startSimulator({ service, port: ports?.[service], seed, statePath });
    teardown.add(() => simulator.close());
    return simulator;
  };
  return { docswrite: await start('docswrite'), deepwriter: await start('deepwriter') };
}

interface SimulateOptions {
  docswritePort: number;
  deepwriterPort: number;
}

/** Runs both simulators until a request to stop. */
export const simulate: Play<SimulateOptions> = async ({ output, interruption }, options, teardown) => {
  const { happened } = interruption();
  const ports = { docswrite: options.docswritePort, deepwriter: options.deepwriterPort };
  const simulators = await startSimulators({ teardown, ports }).catch((cause: unknown) => {
    const hint = 'choose other ports by --docswrite-port and --deepwriter-port';
    const facts = { code: 'port-taken', exitCode: EXIT.usage, hint };
    throw new CommandError(`the simulators cannot listen: ${messageOf(cause)}`, facts, { cause });
  });
  const urls = urlsOf(simulators);
  const env = simulatedAccounts(simulators);
  const text = [
    ...Object.entries(urls).map(([name, url]) => `${name.padEnd(10)} ${url}`),
    'Set these variables for a worker that polls them:',
    ...Object.entries(env).map(([name, value]) => `  export ${name}='${value}'`),
    simulatorGuide(simulators),
    'Ready. Ctrl-C stops everything.',
  ];
  output.answer({ ...urls, env }, text.join('\n'));
  await happened;
  return EXIT.done;
};

/** @returns the base URL of each simulator */
export function urlsOf({ docswrite, deepwriter }: Simulators): Record<Service, string> {
  return { docswrite: docswrite.url, deepwriter: deepwriter.url };
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
export function simulatorGuide(simulators: Simulators): string {
  const urls = urlsOf(simulators);
  return [
    'Create a job at a simulator, then follow it by the jobId that it answers with:',
    ...Object.entries(urls).flatMap(([name, url]) => [
      `  $ curl -s ${url}/_control/create-job -d '{"scenario":"success","params":{"stepMs":5000}}'`,
      `  $ ${ownCommand} track ${name} <jobId> --watch`,
    ]),
    `Other scenarios: curl -s ${urls.docswrite}/_control/scenarios, and the same at ${urls.deepwriter}`,
  ].join('\n');
}
