import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { startToCloseMs } from '../../../src/contract/heartbeat.ts';
import { beatEveryMs, heartbeatMsFor, isWrongTimeout as wrong } from '../../../src/polling/heartbeat.ts';

test('up to a thousand holds the server learns of a dead worker after 30 s; with more of them later, at most after 240 s', () => {
  expect([0, 1_000, 1_001, 2_000, 4_000, 8_000, 9_000].map(heartbeatMsFor)).toEqual([
    30_000, 30_000, 40_000, 60_000, 120_000, 240_000, 240_000,
  ]);
});

test('the heartbeats of a worker are at most 50 a second, up to 8 000 holds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8_000 }), (holds) => {
      expect((holds * 1_000) / beatEveryMs(heartbeatMsFor(holds))).toBeLessThanOrEqual(50);
    }),
  );
});

test('an attempt takes at most 20 heartbeat timeouts', () => {
  expect([startToCloseMs(30_000), startToCloseMs(120_000)]).toEqual([600_000, 2_400_000]);
});

test('an activity whose timeout is half or twice of what its worker wants is replaced; a smaller difference is not worth it', () => {
  expect([wrong(30_000, 8_000), wrong(30_000, 2_000), wrong(240_000, 4_000)]).toEqual([true, true, true]);
  expect([wrong(30_000, 1_500), wrong(60_000, 3_000), wrong(30_000, 0)]).toEqual([false, false, false]);
});
