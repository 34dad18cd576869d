import { setTimeout as sleep } from 'node:timers/promises';
import type { JobRef } from '../../src/client.ts';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import { type Asker, cancel, track } from './asks.ts';
import type { Cluster } from './cluster.ts';
import { createOutages, type Outages } from './outages.ts';
import type { PlannedJob, PlannedTrouble, Schedule } from './schedule.ts';
import type { Provider, Trouble } from './scenes.ts';

export interface PlayedJob {
  planned: PlannedJob;
  provider: Provider;
  jobId: string;
  workflowId: string;
  trackedAtMs: number;
  /** The cancels that Temporal accepted before tracking ended: when each call began, and when it was accepted. */
  cancels: { begunAtMs: number; takenAtMs: number }[];
}

export interface Played {
  jobs: PlayedJob[];
  serverKills: number;
  workerKills: number;
  troubles: number;
  /** The key is the id that the simulator gave to the fault. */
  faults: Map<string, Trouble>;
  /** The times of trouble at each service. Then its jobs may wait for the answers of other jobs, and for the `Retry-After` of another job. */
  troubled: Record<Provider, Outages>;
}

export interface Stage {
  cluster: Cluster;
  asker: Asker;
  log: (line: string) => void;
}

/** Plays a schedule until its last second. When it returns, all its calls have ended, no fault is active, and all workers serve. */
export async function play(schedule: Schedule, stage: Stage): Promise<Played> {
  const beganMs = Date.now();
  const { signal } = stage.asker;
  const at = (atMs: number): Promise<void> => sleep(Math.max(0, beganMs + atMs - Date.now()), undefined, { signal });
  const troubled = { docswrite: createOutages(), deepwriter: createOutages() };
  const played: Played = { jobs: [], serverKills: 0, workerKills: 0, troubles: 0, faults: new Map(), troubled };
  await Promise.all([
    ...schedule.jobs.map(async (planned) => {
      await at(planned.startMs);
      played.jobs.push(await playJob(planned, stage));
    }),
    ...schedule.troubles.map(async (planned) => {
      await at(planned.atMs);
      await makeTrouble(planned, stage, played);
    }),
    ...schedule.kills.map(async (kill) => {
      await at(kill.atMs);
      stage.log(`kill: ${JSON.stringify(kill)}`);
      if (!(await stage.cluster.kill(kill))) return;
      if (kill.what === 'server') played.serverKills++;
      else played.workerKills += kill.what === 'worker' ? 1 : schedule.workers;
    }),
    at(schedule.durationMs),
  ]);
  for (const { control } of Object.values(stage.cluster.simulators)) await control.clearFaults();
  await stage.cluster.whole();
  return played;
}

async function playJob(planned: PlannedJob, { cluster, asker, log }: Stage): Promise<PlayedJob> {
  const { scene, stepMs, name } = planned;
  const { provider, scenario } = scene;
  const { control } = cluster.simulators[provider];
  const { jobId } = await control.createJob({ scenario, params: { ...scene.params, stepMs } });
  const ref: JobRef = { provider, jobId };
  const beganMs = Date.now();
  const after = (ms: number): Promise<unknown> =>
    sleep(Math.max(0, beganMs + ms - Date.now()), undefined, { signal: asker.signal });
  const workflowId = workflowIdOf(ref);
  const others = planned.tracksAfterMs.map(async (ms) => {
    await after(ms);
    return track(asker, ref, planned);
  });
  const followed = track(asker, ref, planned).then(async (trackedAtMs) => {
    log(`${name} ${workflowId} is tracked`);
    const cancels = planned.cancels.map(async ({ afterMs, way }) => {
      await after(afterMs);
      const begunAtMs = Date.now();
      const takenAtMs = await cancel(asker, workflowId, way);
      log(`${name} cancel by ${way}: ${takenAtMs === null ? 'ended before' : 'taken'}`);
      return takenAtMs === null ? [] : [{ begunAtMs, takenAtMs }];
    });
    return { trackedAtMs, cancels: (await Promise.all(cancels)).flat() };
  });
  // All are awaited together. One by one, a failure during the wait for another would be an unhandled rejection.
  const [told] = await Promise.all([followed, ...others]);
  return { planned, provider, jobId, workflowId, ...told };
}

async function makeTrouble(planned: PlannedTrouble, stage: Stage, played: Played): Promise<void> {
  const { trouble, provider, route, forMs } = planned;
  const { control } = stage.cluster.simulators[provider];
  played.troubles++;
  stage.log(`trouble at ${provider}: ${JSON.stringify({ route, forMs, ...trouble })}`);
  const over = played.troubled[provider].begin(`trouble at ${provider}`);
  if (trouble.pause === true) await control.pause();
  else played.faults.set(await control.addFault({ ...trouble.fault, route, forMs }), trouble);
  await sleep(forMs);
  if (trouble.pause === true) await control.resume();
  const seconds = trouble.pause === true ? 0 : Number(trouble.fault.params?.['seconds'] ?? 0);
  // A refused connection is not in the request log, but the job's backoff has doubled in this time.
  const afterMs = trouble.pause === true ? forMs + REFUSED_EXTRA_MS : trouble.waitMs + seconds * 1_000;
  await sleep(afterMs);
  over();
}

const REFUSED_EXTRA_MS = 2_000;
