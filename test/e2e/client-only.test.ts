import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { run, type RunResult } from '../../src/embedded/run.ts';
import { versionOf } from '../../src/process/worker-packages.ts';
import { compile, type Consumer, consumerOf, entriesOf, PACKAGE, strictConsumer } from '../support/packed.ts';
import { cleanEnv } from './jobtrack.ts';

// Tests the packed package in a project without the packages that only a worker needs.

let consumer: Consumer;

beforeAll(async () => {
  consumer = await consumerOf('client');
});

afterAll(() => consumer.remove());

const node = (args: readonly string[], env = {}): Promise<RunResult> =>
  run(process.execPath, args, { cwd: consumer.folder, env: cleanEnv(env) });

const main = (): string => join('node_modules', PACKAGE, 'dist/cli/main.js');

const NAMES = ['@temporalio/worker', '@temporalio/activity', '@temporalio/workflow', '@temporalio/nexus'];
const version = versionOf('@temporalio/client');
const INSTALL = `npm install ${NAMES.map((name) => `${name}@${version}`).join(' ')}`;
const MESSAGE = `a worker needs packages that are not installed: ${NAMES.join(', ')}; to install them, run: ${INSTALL}`;

test('the packages of a worker are not there', async () => {
  for (const name of NAMES) expect((await node(['-e', `require('${name}')`])).stderr).toContain('Cannot find module');
});

const ENTRIES = ['.', './contract', './provider'];

test.each(['nodenext', 'bundler'] as const)(
  'the declarations of the entries for a client resolve by %s, and have no any',
  async (resolution) => {
    await consumer.file('consumer.ts', strictConsumer(entriesOf(consumer, ENTRIES)));
    expect(await compile(consumer, ['consumer.ts'], { resolution })).toEqual([]);
  },
);

test('a program tracks a job, and finds it again', async () => {
  await consumer.file(
    'track.js',
    `import { createJobTracker } from '${PACKAGE}';
import { DEFAULT_TASK_QUEUE } from '${PACKAGE}/contract';
const tracker = createJobTracker({ address: process.env.ADDRESS, taskQueue: 'client-only' });
const { workflowId } = await tracker.track({ provider: 'docswrite', jobId: 'client-only' });
console.log(workflowId, DEFAULT_TASK_QUEUE);
await tracker.close();
`,
  );
  const tracked = await node(['track.js'], { ADDRESS: inject('temporalAddress') });
  expect(tracked).toMatchObject({ code: 0, stdout: 'job:docswrite:default:post:client-only job-tracker\n' });
  const listed = await node([main(), 'list', '--json', '--limit', 'all'], {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
  });
  expect(listed.code, listed.stderr).toBe(0);
});

test.each([['list'], ['worker']])('jobtrack %s has help', async (command) => {
  expect(await node([main(), command, '--help'])).toMatchObject({ code: 0, stderr: '' });
});

describe('what needs a worker says what to install', () => {
  test.each([['worker'], ['up'], ['demo']])('jobtrack %s ends with 2', async (command) => {
    expect(await node([main(), command])).toEqual({ code: 2, stdout: '', stderr: `error: ${MESSAGE}\n` });
    const { stdout } = await node([main(), command, '--json']);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'missing-packages', message: MESSAGE, hint: null } });
  });

  test('node dist/worker.js ends with 2', async () => {
    const program = join('node_modules', PACKAGE, 'dist/worker.js');
    expect(await node([program])).toEqual({ code: 2, stdout: '', stderr: `${MESSAGE}\n` });
  });

  test.each([
    ['createTrackerWorker', 'worker', 'createTrackerWorker({})'],
    [
      'the plugin',
      'plugin',
      "new JobTrackerPlugin({ config: {} }).configureWorker({ connection: {}, taskQueue: 'books' })",
    ],
  ])('%s throws MissingPackagesError, after import and after require', async (_, entry, call) => {
    const print = `catch((error) => console.log(error instanceof MissingPackagesError, error.message));\n`;
    const names = `{ createTrackerWorker, JobTrackerPlugin, MissingPackagesError }`;
    await consumer.file('a.js', `const ${names} = await import('${PACKAGE}/${entry}');\n${call}.${print}`);
    await consumer.file('b.cjs', `const ${names} = require('${PACKAGE}/${entry}');\n${call}.${print}`);
    for (const program of ['a.js', 'b.cjs']) expect((await node([program])).stdout).toBe(`true ${MESSAGE}\n`);
  });
});
