import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { run } from '../../src/embedded/run.ts';

const PROGRAM = fileURLToPath(new URL('../chaos/main.ts', import.meta.url));
/** 30 s of chaos, at most a minute until the last outcome, and the time for start and end on a busy machine. */
const TIMEOUT_MS = 180_000;

// The same as `npm run chaos -- --seed 1 --minutes 0.5`. For longer runs use `npm run chaos`.
test(
  'I3, I4, I11: in 30 s of chaos with any kills, no job, no outcome and no cancel is lost',
  { timeout: TIMEOUT_MS + 10_000 },
  async () => {
    const env = { ...process.env, TEMPORAL_CLI_PATH: inject('temporalExecutable') };
    const args = ['--import', 'tsx', PROGRAM, '--seed', '1', '--minutes', '0.5'];
    const { code, stdout, stderr } = await run(process.execPath, args, { env, timeoutMs: TIMEOUT_MS });
    expect({ code, told: `${stdout}${stderr}` }).toEqual({
      code: 0,
      told: expect.stringMatching(
        /^chaos seed 1: 30 jobs, [1-9]\d* server kills, [1-9]\d* worker kills, .*; 0 lost; /m,
      ),
    });
    process.stdout.write(stdout);
  },
);
