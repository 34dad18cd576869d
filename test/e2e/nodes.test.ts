import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startChild } from '../../src/embedded/child.ts';
import { run } from '../../src/embedded/run.ts';
import { DOCSWRITE_SITE_TOKEN, startSimulator } from '../../src/simulators/simulator.ts';
import { type Consumer, consumerOf, PACKAGE } from '../support/packed.ts';
import { NODE_MAJORS, nodeExecutable } from '../support/npm-tools.ts';
import { cleanEnv } from './jobtrack.ts';

/** Tracks a job to its end. `load` gets the package by import or require. */
const program = (load: string): string => `
const run = async () => {
  const { createJobTracker } = ${load};
  const { TEMPORAL_ADDRESS: address, JOBTRACK_TASK_QUEUE: taskQueue, JOB: jobId } = process.env;
  const tracker = createJobTracker({ address, taskQueue });
  const job = await tracker.track({ provider: 'docswrite', jobId });
  const { status, link } = await job.result();
  console.log(JSON.stringify([process.version.split('.')[0], status, link]));
  await tracker.close();
};
void run();
`;

async function write({ file }: Consumer): Promise<void> {
  await file('imports.js', program(`await import('${PACKAGE}')`));
  await file('requires.cjs', program(`require('${PACKAGE}')`));
}

test.each(NODE_MAJORS)(
  'on Node %i, the packed worker tracks jobs for a program that imports, and for one that requires',
  async (major) => {
    const [node, consumer, simulator] = await Promise.all([
      nodeExecutable(major),
      consumerOf('worker'),
      startSimulator({ service: 'docswrite' }),
    ]);
    onTestFinished(() => simulator.close());
    onTestFinished(consumer.remove);
    await write(consumer);
    const env = cleanEnv({
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      JOBTRACK_TASK_QUEUE: `node-${major}-${randomUUID()}`,
      DOCSWRITE_BASE_URL: simulator.url,
      DOCSWRITE_TOKEN: DOCSWRITE_SITE_TOKEN,
    });
    const options = { cwd: consumer.folder, env };
    const worker = await startChild(node, [join('node_modules', PACKAGE, 'dist/worker.js')], options);
    onTestFinished(() => worker.kill());
    for (const name of ['imports.js', 'requires.cjs']) {
      const { jobId } = await simulator.control.createJob({ scenario: 'success', params: { stepMs: 500 } });
      const ended = await run(node, [name], { ...options, env: { ...env, JOB: jobId } });
      expect(ended.code, ended.stderr + worker.lastLines().join('\n')).toBe(0);
      expect(JSON.parse(ended.stdout)).toEqual([`v${major}`, 'completed', expect.stringContaining('https://')]);
    }
    const main = join('node_modules', PACKAGE, 'dist/cli/main.js');
    const listed = await run(node, [main, 'list', '--account', 'default', '--json'], options);
    expect(listed.code, listed.stderr).toBe(0);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
  },
);
