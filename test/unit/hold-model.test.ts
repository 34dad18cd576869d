import { expect, test } from 'vitest';
import { holdCosts } from '../support/hold-model.ts';

const seconds = (...polls: number[]): number[] => polls.map((at) => at * 1_000);

// Counted once at a development server behind `cloud-proxy.ts`, which sees each heartbeat that is delivered.
test.each([
  [
    'every second, all given back',
    0,
    [seconds(0), seconds(1.3, 2.3, 3.3, 4.4, 5.4, 6.4, 7.4, 8.4, 9.5, 10.5, 11.5, 12.5, 13.6, 14.6, 15.6, 16.7, 17.8)],
    { retries: 16, heartbeats: 16, timers: 1 },
  ],
  [
    'growing intervals, all given back',
    0,
    [seconds(0), seconds(2.3, 4.9, 8, 11.7, 16.5, 22.1, 29.6)],
    { retries: 6, heartbeats: 6, timers: 1 },
  ],
  [
    'growing intervals, held',
    10_000,
    [seconds(0), seconds(2.2, 4.7, 7.8, 11.6, 16.1, 21.8)],
    { retries: 0, heartbeats: 2, timers: 0 },
  ],
  [
    'a change at each poll, held',
    10_000,
    [0, 2.2, 8, 15, 21.3, 24.1].map((at) => seconds(at)),
    { retries: 0, heartbeats: 3, timers: 0 },
  ],
  [
    'every 5 s for longer than a turn, held',
    10_000,
    [seconds(0), seconds(5.1, 10.1, 15.1, 20.1, 25.1, 30.1, 35.1, 40.1, 45.1, 50.1, 55.1, 60.1, 65.1, 70.1, 75.1)],
    { retries: 1, heartbeats: 8, timers: 0 },
  ],
  [
    'growing intervals, held and then given back',
    10_000,
    [
      seconds(0),
      seconds(2.1, 4.5, 7.5, 11.2, 15.8, 21.5, 28.3, 36.9, 48, 61.5, 78.4, 98.7, 123.9, 154.2, 194.6, 241.8),
    ],
    { retries: 8, heartbeats: 11, timers: 0 },
  ],
  [
    'a change at most polls, all given back',
    0,
    [[0], [2.3, 4.7], [11.6], [21.5], [36.7], [60.5], [97], [151.2], [200.7], [228.3], [233.9], [236.3, 238.4]].map(
      (polls) => seconds(...polls),
    ),
    { retries: 2, heartbeats: 2, timers: 11 },
  ],
])('what holds cost is worked out as it was counted: %s', (_, holdMs, activities, costs) => {
  expect(holdCosts(activities, holdMs)).toEqual(costs);
});
