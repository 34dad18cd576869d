import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { RunningWorker } from '../support/rig.ts';

test('a versioned worker tracks jobs when its version is the current one, and a newer version takes them over', async () => {
  const deploymentName = `jobtrack-${randomUUID()}`;
  const rig = await startDevServerRig({ serves: false });
  const { workflowService } = rig.client;
  const serve = (buildId: string): Promise<RunningWorker> =>
    rig.startWorker({ config: { ...rig.config, deployment: { deploymentName, buildId } } });
  const makeCurrent = async (buildId: string): Promise<void> => {
    const request = { namespace: 'default', deploymentName, buildId, ignoreMissingTaskQueues: true };
    const isSet = (): Promise<boolean> =>
      workflowService.setWorkerDeploymentCurrentVersion(request).then(
        () => true,
        () => false, // the server does not know the version yet
      );
    await expect.poll(isSet).toBe(true);
  };
  try {
    const old = await serve('one');
    const { jobId } = await rig.deepwriter.control.createJob({
      scenario: 'long',
      params: { steps: 1_000, stepMs: 1_000 },
    });
    const job = await rig.tracker.track(
      { provider: 'deepwriter', jobId },
      { polling: { mode: 'fixed', intervalMs: '1s' } },
    );
    const { status } = await rig.client.workflow.getHandle(job.workflowId).describe();
    expect(status.name).toBe('RUNNING');
    await makeCurrent('one');
    await expect.poll(() => job.progress().then(({ state }) => state)).toBe('running');

    await old.stop();
    await serve('two');
    await makeCurrent('two');
    await job.cancel({ reason: 'enough' });
    expect(await job.result()).toMatchObject({ status: 'cancelled', confirmed: true });
    const { raw } = await rig.client.workflow.getHandle(job.workflowId).describe();
    expect(raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion).toMatchObject({
      deploymentName,
      buildId: 'two',
    });
  } finally {
    await rig.close();
  }
});
