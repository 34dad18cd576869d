import { createRandom, type Random } from './random.ts';
import { type Pace, PACES, type Provider, type Scene, SCENES, type Trouble, TROUBLES } from './scenes.ts';

export type CancelWay = 'signal' | 'update' | 'native';

export interface PlannedJob {
  name: string;
  scene: Scene;
  /** The length of one unit of the scene, in ms. */
  stepMs: number;
  pace: Pace;
  startMs: number;
  /** The times of more calls of `track()`, in ms after the start. 0: at the same time. */
  tracksAfterMs: number[];
  cancels: { afterMs: number; way: CancelWay }[];
}

export type Kill = { atMs: number; downMs: number } & (
  | { what: 'server' }
  /** SIGTERM drains the worker, as a deployment does. */
  | { what: 'worker'; worker: number; signal: 'SIGKILL' | 'SIGTERM' }
  | { what: 'all workers' }
);

export interface PlannedTrouble {
  atMs: number;
  forMs: number;
  provider: Provider;
  route: 'status' | 'any';
  trouble: Trouble;
}

/** Everything that will happen. Times are in ms since the start. */
export interface Schedule {
  seed: number;
  durationMs: number;
  workers: number;
  jobs: PlannedJob[];
  kills: Kill[];
  troubles: PlannedTrouble[];
}

/** A run of at least this length also has jobs that take minutes to end. */
export const LONG_RUN_MS = 60_000;
const WORKERS = 3;

export function drawSchedule(seed: number, durationMs: number): Schedule {
  const random = createRandom(seed);
  const minutes = durationMs / 60_000;
  const scenes = SCENES.filter(({ slow }) => slow !== true || durationMs >= LONG_RUN_MS);
  const count = Math.round(20 + 20 * minutes);
  const jobs = Array.from({ length: count }, (_, index) => drawJob(random, scenes, { index, durationMs }));
  return {
    seed,
    durationMs,
    workers: WORKERS,
    jobs,
    kills: [...drawServerKills(random, durationMs), ...drawWorkerKills(random, durationMs)].toSorted(byTime),
    troubles: drawTroubles(random, durationMs).toSorted(byTime),
  };
}

function byTime(one: { atMs: number }, other: { atMs: number }): number {
  return one.atMs - other.atMs;
}

function drawJob(random: Random, scenes: readonly Scene[], at: { index: number; durationMs: number }): PlannedJob {
  const scene = random.pick(scenes);
  const startMs = Math.round(random.between(0, at.durationMs * 0.65));
  // The job ends by itself during the run, or shortly after it.
  const lastMs = Math.min(40_000, at.durationMs * 1.1 - startMs);
  const lastsMs = random.between(Math.min(5_000, lastMs / 2), lastMs);
  const asked = scene.cancel === 'always' || (scene.cancel === undefined && random.chance(0.25));
  const cancelMs = Math.round(random.between(500, Math.max(1_000, Math.min(lastsMs, at.durationMs - startMs))));
  return {
    name: `${scene.provider === 'docswrite' ? 'doc' : 'deep'}${String(at.index).padStart(2, '0')}`,
    scene,
    stepMs: Math.round(scene.units === null ? random.between(300, 1_500) : lastsMs / scene.units),
    pace: random.pick(PACES),
    startMs,
    tracksAfterMs: random.chance(0.4) ? [random.chance(0.5) ? 0 : Math.round(random.between(0, lastsMs))] : [],
    cancels: asked ? drawCancels(random, cancelMs, scene) : [],
  };
}

/** Draws one cancel, two at the same moment, or a second one later. */
function drawCancels(random: Random, afterMs: number, scene: Scene): PlannedJob['cancels'] {
  // If the service refuses a native cancel, tracking ends but the job goes on. Then its end cannot be compared.
  const ways: CancelWay[] = scene.scenario === 'cancel-refused' ? ['signal', 'update'] : ['signal', 'update', 'native'];
  const first = { afterMs, way: random.pick(ways) };
  const second = { way: random.pick(ways), laterMs: Math.round(random.between(1, 5_000)) };
  if (random.chance(0.6)) return [first];
  return [first, { afterMs: afterMs + (random.chance(0.5) ? 0 : second.laterMs), way: second.way }];
}

function drawServerKills(random: Random, durationMs: number): Kill[] {
  const kills: Kill[] = [];
  // The server needs this time between two kills to come up again.
  for (let atMs = random.between(4_000, 14_000); atMs < durationMs * 0.8; atMs += random.between(10_000, 30_000)) {
    kills.push({ what: 'server', atMs: Math.round(atMs), downMs: Math.round(random.between(0, 5_000)) });
  }
  return kills;
}

function drawWorkerKills(random: Random, durationMs: number): Kill[] {
  const kills: Kill[] = [];
  for (let atMs = random.between(2_000, 6_000); atMs < durationMs * 0.85; atMs += random.between(2_000, 12_000)) {
    const when = { atMs: Math.round(atMs), downMs: Math.round(random.between(0, 5_000)) };
    const signal = random.chance(0.75) ? 'SIGKILL' : 'SIGTERM';
    const worker = random.whole(0, WORKERS - 1);
    kills.push(random.chance(0.15) ? { what: 'all workers', ...when } : { what: 'worker', worker, signal, ...when });
  }
  return kills;
}

function drawTroubles(random: Random, durationMs: number): PlannedTrouble[] {
  const count = Math.round(durationMs / 4_000);
  return Array.from({ length: count }, () => ({
    atMs: Math.round(random.between(1_000, durationMs * 0.9)),
    forMs: Math.round(random.between(500, 4_000)),
    provider: random.pick(['docswrite', 'deepwriter'] as const),
    route: random.pick(['status', 'any'] as const),
    trouble: random.pick(TROUBLES),
  }));
}
