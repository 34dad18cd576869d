import { expect, test } from 'vitest';
import { createStates, IDLE_MS, MAX_STATES } from '../../../../src/worker-host/accounts/states.ts';

function rig() {
  let nowMs = 0;
  const dropped: string[] = [];
  const states = createStates<{ key: string }>({
    make: (key) => ({ key }),
    drop: ({ key }) => dropped.push(key),
    now: () => nowMs,
  });
  return { states, dropped, pass: (ms: number) => (nowMs += ms), keys: () => states.all().map(([key]) => key) };
}

test('a state is made at its first use, and is the same until it was unused for 15 min', () => {
  const { states, dropped, pass, keys } = rig();
  const first = states.of('a');
  pass(IDLE_MS - 1);
  states.prune();
  expect(states.of('a')).toBe(first);
  pass(IDLE_MS);
  states.prune();
  expect([dropped, keys()]).toEqual([['a'], []]);
  expect(states.of('a')).not.toBe(first);
});

test('a use keeps one state, and not the others', () => {
  const { states, dropped, pass, keys } = rig();
  for (const key of ['a', 'b', 'c']) states.of(key);
  pass(IDLE_MS - 1);
  states.of('b');
  pass(1);
  states.prune();
  expect([dropped, keys()]).toEqual([['a', 'c'], ['b']]);
});

test('above the bound the longest unused goes first, but none with a call under way', async () => {
  const { states, dropped } = rig();
  let end: () => void = () => undefined;
  const call = states.during('busy', () => new Promise<void>((resolve) => (end = resolve)));
  for (let nth = 1; nth < MAX_STATES; nth++) states.of(`${nth}`);
  states.of('1');
  expect(dropped).toEqual([]);
  states.of('one more');
  states.of('two more');
  expect(dropped).toEqual(['2', '3']);
  end();
  await call;
});

test('a call keeps its state however long it takes, and the idle time counts from its end', async () => {
  const { states, dropped, pass } = rig();
  let fail: (error: Error) => void = () => undefined;
  const call = states.during('a', () => new Promise<void>((_, reject) => (fail = reject)));
  pass(2 * IDLE_MS);
  states.prune();
  expect(dropped).toEqual([]);
  fail(new Error('of the service'));
  await expect(call).rejects.toThrow('of the service');
  pass(IDLE_MS - 1);
  states.prune();
  expect(dropped).toEqual([]);
  pass(1);
  states.prune();
  expect(dropped).toEqual(['a']);
});

test('closing drops every state', () => {
  const { states, dropped } = rig();
  states.of('a');
  states.of('b');
  states.close();
  expect(dropped).toEqual(['a', 'b']);
});
