import { Worker } from '@temporalio/worker';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { readHistory, recordedHistories, SUMS, sumOf } from './histories.ts';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
const recorded = recordedHistories();
const names = Object.keys(recorded);

/** @returns the names of the histories that the workflow code in a folder cannot replay, with these interceptors */
async function misfits(workflowsPath: string, workflowModules: string[] = []): Promise<string[]> {
  const histories = names.map((name) => ({
    history: readHistory(name),
    workflowId: recorded[name]?.workflowId ?? name,
  }));
  const failed: string[] = [];
  let at = 0;
  for await (const { error } of Worker.runReplayHistories(
    { workflowsPath, interceptors: { workflowModules } },
    histories as never,
  )) {
    if (error !== undefined) failed.push(names[at] ?? '');
    at += 1;
  }
  expect(at).toBe(names.length);
  return failed;
}

/** @returns `traceparent` of each start, activity and continue-as-new; null: it has none */
function headersIn(name: string): (string | null)[] {
  const { events } = readHistory(name) as {
    events: Record<string, { header?: { fields?: Record<string, Payload> } }>[];
  };
  const parts = events.flatMap((event) => {
    const { workflowExecutionStartedEventAttributes: start, activityTaskScheduledEventAttributes: activity } = event;
    return [start ?? activity ?? event['workflowExecutionContinuedAsNewEventAttributes'] ?? []].flat();
  });
  return parts.map(({ header }) => {
    const data = header?.fields?.['_tracer-data']?.data;
    if (data === undefined) return null;
    return (JSON.parse(Buffer.from(data, 'base64').toString()) as { traceparent: string }).traceparent;
  });
}

interface Payload {
  data: string;
}

describe('recorded histories', () => {
  test('are frozen: each is the same as when it was recorded', () => {
    const lines = readFileSync(SUMS, 'utf8').trim().split('\n');
    expect(lines).toEqual(names.map((name) => `${sumOf(name)}  ${name}.json`));
    const files = readdirSync(fileURLToPath(new URL('./histories', import.meta.url)));
    expect(files.filter((file) => file.endsWith('.json') && file !== 'index.json').toSorted()).toEqual(
      names.map((name) => `${name}.json`).toSorted(),
    );
  });

  test('contain no credential and no path of a machine (I2)', () => {
    for (const name of names) {
      const texts = [...JSON.stringify(readHistory(name)).matchAll(/"data":"([^"]*)"/g)].map(([, data]) =>
        Buffer.from(data ?? '', 'base64').toString('utf8'),
      );
      const all = JSON.stringify(readHistory(name)) + texts.join('\n');
      expect([name, /dw_live_|fake-deepwriter-api-key|eyJ[\w-]+\.eyJ|file:\/\/|\/src\//.exec(all)?.[0]]).toEqual([
        name,
        undefined,
      ]);
    }
  });

  test('I10: today’s workflow code replays every one, also without the interceptor that passes traces on', async () => {
    expect(await misfits(join(SRC, 'workflows/index.ts'), [join(SRC, 'workflows/trace-header.ts')])).toEqual([]);
    expect(await misfits(join(SRC, 'workflows/index.ts'))).toEqual([]);
  });

  test('of a job with a trace, each run and each activity has the header; of the others, none has it', () => {
    const headers = Object.fromEntries(names.map((name) => [name, headersIn(name)]));
    const isTraced = (name: string): boolean => name.startsWith('traced');
    expect(names.filter(isTraced).length).toBeGreaterThan(1);
    for (const name of names.filter(isTraced)) {
      expect(headers[name]?.length).toBeGreaterThan(2);
      expect(headers[name]).toEqual(
        headers[name]?.map(() => expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)),
      );
      expect(new Set(headers[name]?.map((header) => header?.slice(0, 35)))).toHaveLength(1);
    }
    const others = names.filter((name) => !isTraced(name)).flatMap((name) => headers[name]);
    expect(others).toEqual(others.map(() => null));
  });
});

describe('the replay gate', () => {
  let folder = '';
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Copies the workflow code next to the test, with one change that must apply. @returns the path of its entry */
  function mutant(file: string, from: string, to: string): string {
    folder = mkdtempSync(fileURLToPath(new URL('./mutant-', import.meta.url)));
    for (const part of ['workflows', 'tracking', 'contract', 'polling'])
      cpSync(join(SRC, part), join(folder, part), { recursive: true });
    const path = join(folder, 'workflows', file);
    const source = readFileSync(path, 'utf8');
    expect(source.split(from)).toHaveLength(2);
    writeFileSync(path, source.replace(from, to));
    return join(folder, 'workflows/index.ts');
  }

  test('fails when the workflow leaves out an activity', async () => {
    const skipped = `Promise.resolve({ status: 'accepted', attempts: 1, mayHaveWorked: false } as const)`;
    const path = mutant('cancel-loop.ts', 'cancelJob.executeWithOptions(options, [request])', skipped);
    expect(await misfits(path)).toEqual(names.filter((name) => name.startsWith('cancel')));
  });

  test('fails when the workflow swaps two activities', async () => {
    const path = mutant('poll.ts', 'const { checkJobStatus } =', 'const { cancelJob: checkJobStatus } =');
    expect(await misfits(path)).toEqual(names.filter((name) => !name.startsWith('invalid')));
  });
});
