import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCENARIOS } from '../../../src/simulators/scenarios/catalog.ts';
import { startSimulator, type Service, type Simulator } from '../../../src/simulators/simulator.ts';
import type { Fields } from '../../../src/simulators/model.ts';
import { playToTheEnd } from './play.ts';

const START = Date.UTC(2026, 0, 15, 12);
/** These parameters shorten long waits. The course of a job stays the same. */
const SHORT: Fields = { steps: 12, frozenSteps: 4, changes: 3, unchanged: 5, bytes: 500, reads: 1 };

interface Row {
  name: string;
  title: string;
  params: Fields;
}

function rowsOf(service: Service): Row[] {
  return Object.entries(SCENARIOS[service]).flatMap(([name, scenario]) => {
    const short = Object.fromEntries(Object.entries(SHORT).filter(([key]) => scenario.params?.[key] !== undefined));
    const params: Fields = { ...short, stepPolls: 1 };
    const choices = Object.entries(scenario.choices ?? {});
    if (choices.length === 0) return [{ name, title: name, params }];
    return choices.flatMap(([key, values]) =>
      values.map((value) => ({
        name,
        title: `${name} (${key} ${JSON.stringify(value)})`,
        params: { ...params, [key]: value },
      })),
    );
  });
}

for (const service of ['docswrite', 'deepwriter'] as const) {
  describe(service, () => {
    let simulator: Simulator;
    beforeAll(async () => {
      simulator = await startSimulator({ service, now: () => START });
    });
    afterAll(() => simulator.close());

    test.each(rowsOf(service))('$title ends as described', async ({ name, params }) => {
      const { control, url } = simulator;
      const job = await control.createJob({ scenario: name, params });
      const { note: _note, ...expected } = job.expected;
      expect(await playToTheEnd({ service, url, control }, job)).toEqual(expected);
      const { endedAtMs } = await control.job(job.jobId, job.queueType);
      const ends = ['completed', 'failed', 'cancelled', 'moderated', 'lost'].includes(expected.status);
      expect(endedAtMs).toBe(ends ? START : null);
    });

    test('a well-behaved client commits no violation in any scenario', async () => {
      expect(await simulator.control.violations()).toEqual([]);
    });

    test('an unknown parameter, value or scenario is refused with the known ones', async () => {
      const { control } = simulator;
      await expect(control.createJob({ scenario: 'nonsense' })).rejects.toThrow(
        /no scenario nonsense; it has script, success/,
      );
      await expect(control.createJob({ scenario: 'success', params: { speed: 2 } })).rejects.toThrow(
        /no parameter speed/,
      );
      await expect(control.createJob({ scenario: 'failure', params: { reason: 'x', message: 'x' } })).rejects.toThrow(
        /must be one of|no parameter/,
      );
    });
  });
}

test('the scenarios cover the numbers 17 to 32 of Docswrite, and 34 to 46 of DeepWriter', () => {
  const played = (service: Service): Set<number> =>
    new Set(Object.values(SCENARIOS[service]).flatMap(({ numbers }) => numbers));
  const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
  expect(range(17, 32).filter((line) => !played('docswrite').has(line))).toEqual([]);
  expect(range(34, 46).filter((line) => !played('deepwriter').has(line))).toEqual([]);
});
