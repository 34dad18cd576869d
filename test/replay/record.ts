/**
 * Records histories of the present workflow code on a real server: `npx tsx test/replay/record.ts` writes the missing ones.
 * Recorded histories are frozen. `--force` writes all of them again, and is only for code that has never been deployed.
 */
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection } from '@temporalio/worker';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { startDevServer } from '../../src/embedded/dev-server.ts';
import { programLine } from '../../src/process/program-line.ts';
import { startRig } from '../support/rig.ts';
import { devServerExecutable, testDynamicConfig } from '../support/servers.ts';
import { historyFile, INDEX, type Recorded, sumOf, SUMS } from './histories.ts';
import { SCENES } from './scenes.ts';

const IDENTITY = 'recorder';
const does = "Records histories of today's workflow code on a real server; writes what is missing.";
const line = programLine('npx tsx test/replay/record.ts', does).option(
  '--force',
  'write all anew; for code that nobody runs yet',
);
const { force = false } = line.parse().opts<{ force?: true }>();
const wanted = Object.entries(SCENES).filter(([name]) => force || !existsSync(historyFile(`${name}-1`)));

const server = await startDevServer({ executable: await devServerExecutable(), dynamicConfig: testDynamicConfig });
const connection = await NativeConnection.connect({ address: server.address });
const clientConnection = await Connection.connect({ address: server.address });
const client = new Client({ connection: clientConnection, identity: IDENTITY });
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
const index = existsSync(INDEX) ? (JSON.parse(readFileSync(INDEX, 'utf8')) as Record<string, Recorded>) : {};

for (const [name, { about, config, worker, play }] of wanted) {
  const workerOptions = { identity: IDENTITY };
  const rig = await startRig({ client, connection, ...(config && { config }), worker: { workerOptions, ...worker } });
  const workflowId = await play(rig);
  const runs = await runsOf(workflowId);
  for (const [number, runId] of runs.entries()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const file = `${name}-${number + 1}`;
    writeFileSync(historyFile(file), `${JSON.stringify(withoutTraces(JSON.parse(historyToJSON(history))), null, 1)}\n`);
    index[file] = { about, commit, workflowId, events: history.events?.length ?? 0 };
    process.stdout.write(`${file}: ${history.events?.length} events\n`);
  }
  await client.workflow
    .getHandle(workflowId)
    .terminate('recorded')
    .catch(() => undefined);
  await rig.close();
}

writeFileSync(INDEX, `${JSON.stringify(index, null, 2)}\n`);
writeFileSync(
  SUMS,
  Object.keys(index)
    .map((file) => `${sumOf(file)}  ${file}.json\n`)
    .join(''),
);
await clientConnection.close();
await connection.close();
await server.stop();

/** Removes stack traces: they have paths of this machine, and a replay does not read them. */
function withoutTraces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTraces);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'stackTrace');
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutTraces(one)]));
}

/** @returns the runs of a chain, oldest first */
async function runsOf(workflowId: string): Promise<string[]> {
  const { events: last } = await client.workflow.getHandle(workflowId).fetchHistory();
  const runs: string[] = [];
  let runId = last?.[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId;
  while (runId) {
    runs.push(runId);
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}
