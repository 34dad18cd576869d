import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { untilPolling } from '../../src/cli/playground/worker-process.ts';
import { type Child, startChild } from '../../src/embedded/child.ts';
import { type DevServer, startDevServer } from '../../src/embedded/dev-server.ts';
import { run } from '../../src/embedded/run.ts';
import { DOCSWRITE_SITE_TOKEN, startSimulator } from '../../src/simulators/simulator.ts';
import { Client, Connection } from '@temporalio/client';
import { root } from '../support/marked.ts';
import { scratchFolder } from '../support/scratch.ts';
import { commandsOf, shellUnder, snippetsOf } from '../support/snippets.ts';
import { cleanEnv } from './jobtrack.ts';

// Runs the programs of the documents in a project that the commands of the documents create. Only the addresses of the server and
// the service, and the credential, are different.

let server: DevServer;
let connection: Connection;

beforeAll(async () => {
  server = await startDevServer({ executable: inject('temporalExecutable') });
  connection = await Connection.connect({ address: server.address });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

async function bash(folder: string, script: string): Promise<string> {
  const env = { ...cleanEnv(), CHECKOUT: join(folder, '..'), npm_config_prefer_offline: 'true' };
  const ended = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env, timeoutMs: 200_000 });
  expect(ended.code, `${script}\n${ended.stdout}${ended.stderr}`).toBe(0);
  return ended.stdout;
}

/** Packs the build, and creates a project with the second shell block of the section. The first block is the build and the pack. */
async function projectBy([inCheckout, inProject = '']: readonly string[]): Promise<string> {
  expect(commandsOf(inCheckout ?? '').join()).toMatch(/npm run build && npm pack$/);
  const checkout = await scratchFolder();
  const folder = join(checkout, 'project');
  await mkdir(folder);
  const packed = await run('npm', ['pack', '--pack-destination', checkout], { cwd: root, env: process.env });
  expect(packed.code, packed.stderr).toBe(0);
  await bash(folder, inProject);
  return folder;
}

const example = (name: string): Promise<string> => readFile(join(root, 'examples', name), 'utf8');
const atServer = (program: string): string => program.replace('localhost:7233', server.address);

async function startWorker(command: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Child> {
  const [program = '', ...args] = command;
  const worker = await startChild(program, args, options);
  onTestFinished(() => worker.kill());
  await untilPolling(new Client({ connection }), 'job-tracker', worker);
  return worker;
}

test("README's TypeScript program compiles in a new project and follows a job to its end", async () => {
  const blocks = shellUnder('README.md', 'From TypeScript');
  const folder = await projectBy(blocks);
  await writeFile(join(folder, 'track.ts'), atServer(await example('track.ts')));
  const simulator = await startSimulator({ service: 'docswrite' });
  onTestFinished(() => simulator.close());
  await simulator.control.createJob({ jobId: '42', scenario: 'success', params: { stepMs: 500 } });
  const env = { TEMPORAL_ADDRESS: server.address, DOCSWRITE_BASE_URL: simulator.url };
  const worker = await startWorker([process.execPath, 'dist/worker.js'], {
    cwd: root,
    env: cleanEnv({ ...env, DOCSWRITE_TOKEN: DOCSWRITE_SITE_TOKEN }),
  });
  const said = (await bash(folder, blocks.at(-1) ?? 'false')).trim().split('\n');
  expect(said.at(-2)).toBe('completed 100 ok');
  expect(said.at(-1)).toMatch(/^https:/);
  expect(await worker.stop(40_000)).toEqual({ code: 0, signal: null });
});

test('the sample worker of docs/providers.md serves the sample service', async () => {
  const heading = 'A worker of your own';
  const blocks = shellUnder('docs/providers.md', heading);
  const folder = await projectBy(blocks);
  const file = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  await file('printshop.ts', await example('printshop.ts'));
  await file('worker.ts', await example('worker.ts'));
  await file('track.ts', atServer(await example('track-printshop.ts')));
  const accounts = snippetsOf('docs/providers.md').find((each) => each.heading === heading && each.language === 'json');
  await file('accounts.json', (accounts?.text ?? '').replace('https://api.printshop.example', await startPrintshop()));
  const [compile = 'false', serve = 'false', track = 'false', ...more] = commandsOf(blocks[2] ?? '');
  expect(more).toEqual([]);
  await bash(folder, compile);
  const worker = await startWorker(['bash', '-c', serve.replace('…', 'made-up-credential')], {
    cwd: folder,
    env: cleanEnv({ TEMPORAL_ADDRESS: server.address }),
  });
  expect(await bash(folder, track)).toBe('completed\n');
  expect(await worker.stop(40_000)).toEqual({ code: 0, signal: null });
});

/** Starts a service for the sample adapter. Job 7 is done at the third poll. */
async function startPrintshop(): Promise<string> {
  const words = ['accepted', 'printing', 'done'];
  let looks = 0;
  const service = createServer((request, response) => {
    const isRight = request.url === '/v1/jobs/7' && request.headers.authorization === 'Bearer made-up-credential';
    const status = words[Math.min(looks, words.length - 1)];
    looks += 1;
    response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isRight ? { status } : { error: 'refused' }));
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void service.close());
  return `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
}
