import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { type Child, startChild } from '../../src/embedded/child.ts';
import { startDevServer } from '../../src/embedded/dev-server.ts';
import { run } from '../../src/embedded/run.ts';
import { DEEPWRITER_API_KEY, DOCSWRITE_SITE_TOKEN, startSimulator } from '../../src/simulators/simulator.ts';
import { root } from '../support/marked.ts';
import { NODE_MAJORS, nodeExecutable } from '../support/npm-tools.ts';
import { type Consumer, consumerOf, PACKAGE } from '../support/packed.ts';
import { pythonPackages } from '../support/python.ts';
import { testDynamicConfig } from '../support/servers.ts';
import { serviceOf } from '../unit/providers/service.ts';
import { cleanEnv } from './jobtrack.ts';

// Runs the programs of examples/ as a user does: compiled against the packed package, on a server and queues with their names.

let consumer: Consumer;
/**
 * For `PYTHONPATH`; null: the example in Python does not run. It runs only with `JOBTRACK_TEST_PYTHON=on`, because a signal has ended it once,
 * and nobody knows why.
 */
let python: string | null;

beforeAll(async () => {
  python = process.env['JOBTRACK_TEST_PYTHON'] === 'on' ? await pythonPackages() : null;
  consumer = await consumerOf('worker');
  const sources = join(consumer.folder, 'sources');
  await cp(join(root, 'examples'), sources, { recursive: true });
  await compile(sources);
});

afterAll(() => consumer?.remove());

/** The README's way to a TypeScript project: `tsc --init` makes a strict one. */
async function compile(folder: string): Promise<void> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  for (const args of [
    ['--init', '--types', 'node'],
    ['--pretty', 'false'],
  ]) {
    const { code, stdout, stderr } = await run(process.execPath, [tsc, ...args], { cwd: folder, env: process.env });
    expect(code, stdout + stderr).toBe(0);
  }
}

const ADDRESS = 'localhost:7233';
const THIS_NODE = Number(process.version.slice(1).split('.', 1)[0]);
/** `npm run test:nodes` sets it. */
const OTHERS = process.env['JOBTRACK_TEST_NODES'] === 'on' ? NODE_MAJORS : [];
const MAJORS = [...new Set([THIS_NODE, ...OTHERS])];

/** What runs one version of Node: its programs, and the services. */
async function stageOn(major: number) {
  const other = NODE_MAJORS.find((each) => each === major);
  const node = other === undefined ? process.execPath : await nodeExecutable(other);
  const executable = inject('temporalExecutable');
  const [server, docswrite, deepwriter, printshop] = await Promise.all([
    startDevServer({ executable, dynamicConfig: testDynamicConfig }),
    startSimulator({ service: 'docswrite' }),
    startSimulator({ service: 'deepwriter' }),
    serviceOf((response, nth) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ status: nth < 3 ? 'printing' : 'done', percent: nth * 30 }));
    }),
  ]);
  onTestFinished(async () => {
    await Promise.all([server.stop(), docswrite.close(), deepwriter.close()]);
  });
  const folder = join(consumer.folder, `node-${major}`);
  await writePrograms(folder, server.address);
  const env = cleanEnv({
    TEMPORAL_ADDRESS: server.address,
    DOCSWRITE_BASE_URL: docswrite.url,
    DOCSWRITE_TOKEN: DOCSWRITE_SITE_TOKEN,
    DEEPWRITER_BASE_URL: deepwriter.url,
    DEEPWRITER_TOKEN: DEEPWRITER_API_KEY,
  });
  const temporal = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await run(executable, ['operator', ...args, '--address', server.address], { env });
    expect(code, stderr).toBe(0);
  };
  await temporal('namespace', 'create', '-n', 'callers');
  const target = ['--target-namespace', 'default', '--target-task-queue', 'job-tracker'];
  await temporal('nexus', 'endpoint', 'create', '--name', 'job-tracker', ...target);
  const options = { cwd: folder, env };
  const workers: Child[] = [];
  return {
    docswrite: docswrite.control,
    deepwriter: deepwriter.control,
    printshop,
    startWorker: async (program: string, more: Record<string, string> = {}): Promise<Child> => {
      const worker = await startChild(node, [program], { ...options, env: { ...env, ...more } });
      onTestFinished(worker.kill);
      workers.push(worker);
      return worker;
    },
    /** Runs a program to its end. @returns its last line */
    lastLineOf: async (command: string, ...args: string[]): Promise<string> => {
      const [runs, ...flags] = command.endsWith('.py') ? ['python3', '-X', 'faulthandler'] : [node];
      const whole = python === null ? env : { ...env, PYTHONPATH: python };
      const ended = await run(runs, [...flags, command, ...args], { cwd: folder, env: whole, timeoutMs: 120_000 });
      const logs = workers.flatMap((worker) => worker.lastLines()).join('\n');
      expect(ended.code, `${command}: ${ended.stdout}${ended.stderr}\n${logs}`).toBe(0);
      return ended.stdout.trim().split('\n').at(-1) ?? '';
    },
  };
}

/** The address is all that a user must change. */
async function writePrograms(folder: string, address: string): Promise<void> {
  await mkdir(folder);
  const sources = join(consumer.folder, 'sources');
  const programs = (await readdir(sources)).filter((name) => /\.(js|cjs|py)$/.test(name));
  for (const name of programs) {
    const text = await readFile(join(sources, name), 'utf8');
    await writeFile(join(folder, name), text.replaceAll(ADDRESS, address));
  }
}

test('all examples compile under strict', async () => {
  const files = await readdir(join(consumer.folder, 'sources'));
  const sources = files.filter((name) => /(?<!\.d)\.ts$/.test(name));
  expect(sources.length).toBeGreaterThan(8);
  expect(sources.filter((name) => !files.includes(name.replace(/\.ts$/, '.js')))).toEqual([]);
});

describe.each(MAJORS)('on Node %i', (major) => {
  test('the examples track jobs to their ends, in TypeScript, CommonJS and Python, from workflows and by Nexus', async () => {
    const stage = await stageOn(major);
    const { docswrite, deepwriter, printshop, startWorker, lastLineOf } = stage;
    const shop = { provider: 'printshop', tokenEnv: 'SHOP_TOKEN', baseUrl: printshop.url };
    const accounts = join(consumer.folder, `node-${major}`, 'accounts.json');
    await writeFile(accounts, JSON.stringify({ shop }));
    const worker = await startWorker('worker.js', {
      JOBTRACK_NEXUS: 'on',
      JOBTRACK_ACCOUNTS: accounts,
      SHOP_TOKEN: 'a-token-of-the-shop',
    });
    const ownWorker = await startWorker('own-worker.js');
    const posts = { scenario: 'success', params: { stepMs: 500 } };
    for (const jobId of ['42', '43']) await docswrite.createJob({ jobId, ...posts });
    const book = async (scenario: string): Promise<string> =>
      (await deepwriter.createJob({ scenario, params: { stepMs: 500 } })).jobId;
    expect(await lastLineOf('track.js')).toMatch(/^https:/);
    const main = join('..', 'node_modules', PACKAGE, 'dist/cli/main.js');
    expect(await lastLineOf(main, 'list', '--json')).toContain('job:docswrite:default:post:42');
    const said = await Promise.all([
      lastLineOf('track-printshop.js'),
      lastLineOf('publish-book.js', await book('success')),
      lastLineOf('cancel-late.cjs', await book('cancel-confirmed'), '1'),
      lastLineOf('call-by-nexus.js', await book('success')),
    ]);
    expect(said).toEqual(['completed', expect.stringMatching(/^\{.*"/), 'cancelled', 'completed']);
    if (python !== null && major === THIS_NODE) expect(await lastLineOf('track.py', '43')).toMatch(/^completed https:/);
    expect(await Promise.all([worker.stop(), ownWorker.stop()])).toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ]);
  });
});
