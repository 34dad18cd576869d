import { expect, test } from 'vitest';
import { watchEventLoop } from '../../../src/worker-host/event-loop.ts';

type Second = Parameters<Parameters<typeof watchEventLoop>[0]>[0];

/** @returns the seconds until one of them meets the condition */
async function secondsUntil(isLast: (second: Second) => boolean): Promise<Second[]> {
  const seconds: Second[] = [];
  await new Promise<void>((resolve) => {
    const stop = watchEventLoop((second) => {
      seconds.push(second);
      if (!isLast(second)) return;
      stop();
      resolve();
    });
  });
  return seconds;
}

function block(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

test('an event loop that is blocked again and again is late and busy', async () => {
  const timer = setInterval(() => block(150), 10);
  const seconds = await secondsUntil(({ lagMs }) => lagMs > 100);
  clearInterval(timer);
  expect(seconds.at(-1)?.lagMs).toBeGreaterThan(100);
  expect(seconds.at(-1)?.busy).toBeGreaterThan(0.5);
  expect(seconds.every(({ tookMs, busy }) => tookMs > 900 && busy >= 0 && busy <= 1)).toBe(true);
});

test('the value of an idle event loop is without the resolution of the measurement', async () => {
  const seconds = await secondsUntil(({ lagMs }) => lagMs < 9); // a busy machine may need some seconds to show one
  expect(seconds.at(-1)?.lagMs).toBeGreaterThanOrEqual(0);
});
