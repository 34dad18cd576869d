import { expect, test } from 'vitest';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import { playOutage } from '../support/outage-play.ts';

test('while a service is down only one poll in 5 s goes out for all jobs, and all are polled again within 60 s after the outage', async () => {
  const rig = await startDevServerRig();
  const report = await playOutage({ rig, jobs: 40, calmMs: 10_000, outageMs: 35_000, restMs: 15_000 });
  await rig.close();
  expect(report.shortestGapMs).toBeGreaterThanOrEqual(5_000);
  expect(report.later).toBeGreaterThanOrEqual(2);
  expect(report.recoveredMs.last).toBeLessThan(60_000);
  expect(report.degraded).toBe(40);
}, 150_000);
