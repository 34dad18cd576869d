import { expect, test } from 'vitest';
import { holdCosts } from '../support/hold-model.ts';

const seconds = (...polls: number[]): number[] => polls.map((at) => at * 1_000);

// The numbers were counted on a development server. Only delivered heartbeats count.
test.each([
  [
    'every second, all given back',
    0,
    [seconds(0), seconds(1.3, 2.3, 3.3, 4.3, 5.3, 6.3, 7.3, 8.3, 9.3, 10.3, 11.3, 12.3, 13.3)],
    { retries: 12, heartbeats: 0, timers: 1 },
  ],
  [
    'growing intervals, all given back',
    0,
    [seconds(0), seconds(2.3, 4.9, 8.1, 12.1, 17.2, 23.5, 31.4)],
    { retries: 6, heartbeats: 0, timers: 1 },
  ],
  [
    'growing intervals, held',
    10_000,
    [seconds(0), seconds(2.7, 5.2, 8.3, 12.1, 17, 23)],
    { retries: 0, heartbeats: 2, timers: 0 },
  ],
  [
    'a change at some polls, held',
    10_000,
    [[0], [2.7], [4.7, 6.7, 8.7], [10.9, 12.9, 14.9], [17, 19, 21], [23, 25.1]].map((polls) => seconds(...polls)),
    { retries: 0, heartbeats: 4, timers: 0 },
  ],
  [
    'a change at most polls, held where the interval is short',
    10_000,
    [[0], [2.6, 5, 8.2, 12.2], [23.2], [37.9], [58.9], [85.2], [99.8], [109], [113.8, 116.3, 118.4]].map((polls) =>
      seconds(...polls),
    ),
    { retries: 0, heartbeats: 2, timers: 5 },
  ],
  [
    'every 5 s, held',
    10_000,
    [
      seconds(0),
      seconds(5.7, 10.7, 15.7, 20.7, 25.7, 30.7, 35.7, 40.7, 45.8, 50.8, 55.8, 60.8, 65.8, 70.8, 75.8, 80.9),
    ],
    { retries: 0, heartbeats: 4, timers: 0 },
  ],
  [
    'every 7 s, held',
    10_000,
    [seconds(0), seconds(7.5, 14.5, 21.5, 28.6, 35.6, 42.6, 49.6, 56.6, 63.6, 70.6, 77.6, 84.6, 91.6, 98.6)],
    { retries: 0, heartbeats: 5, timers: 0 },
  ],
  [
    'every 9 s, a change now and then, held',
    10_000,
    [
      [0],
      [9.6, 18.6],
      [27.7, 36.7, 45.7],
      [54.9, 63.9],
      [73, 82],
      [91.1, 100.1],
      [109.3, 118.3, 127.3],
      [136.3, 145.3],
      [154.4, 163.4],
      [172.5, 181.5],
      [190.6, 199.6],
    ].map((polls) => seconds(...polls)),
    { retries: 0, heartbeats: 10, timers: 0 },
  ],
  [
    'every 9 s for longer than a turn, held',
    10_000,
    [
      [0],
      [
        9.2, 18.2, 27.2, 36.2, 45.2, 54.3, 63.3, 72.3, 81.3, 90.3, 99.3, 108.3, 117.3, 126.4, 135.4, 144.4, 153.4,
        162.4, 171.4, 180.4, 189.4, 198.4, 207.4, 216.4, 225.4, 234.5, 243.5, 252.5, 261.5, 270.5, 279.5, 288.5, 297.5,
        306.6, 315.6, 324.6,
      ],
    ].map((polls) => seconds(...polls)),
    { retries: 1, heartbeats: 16, timers: 0 },
  ],
  [
    'every 17 s, held where that is allowed',
    20_000,
    [seconds(0), seconds(17.4, 34.4, 51.4)],
    { retries: 0, heartbeats: 3, timers: 0 },
  ],
  [
    'every 17 s, a change at each poll, held where that is allowed',
    20_000,
    [0, 17.3, 34.4, 51.6, 68.7].map((at) => seconds(at)),
    { retries: 0, heartbeats: 4, timers: 0 },
  ],
  [
    'every 12 s, too long to be held',
    10_000,
    [seconds(0), seconds(11, 21.9, 32.7, 43.6, 54.4, 65.2, 76.1, 88, 100, 112)],
    { retries: 9, heartbeats: 0, timers: 1 },
  ],
  [
    'growing intervals, held and then given back',
    10_000,
    [seconds(0), seconds(2.4, 5, 8.3, 12.3, 17.4, 23.7, 31.6, 41.5, 53.9, 69.3, 88.7, 112.8, 143, 180.8, 228, 287)],
    { retries: 8, heartbeats: 2, timers: 0 },
  ],
  [
    'a change at some polls, all given back',
    0,
    [
      [0],
      [2.3, 4.8, 8, 12, 17, 23.3],
      [40.9, 68.2],
      [108.5],
      [165.3],
      [187.6, 197.3],
      [224.7],
      [229.4, 233.2, 236.5],
    ].map((polls) => seconds(...polls)),
    { retries: 9, heartbeats: 0, timers: 7 },
  ],
])('the calculated costs of holds are the counted ones: %s', (_, holdMs, activities, costs) => {
  expect(holdCosts(activities, holdMs)).toEqual(costs);
});
