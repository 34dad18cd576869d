import { DEFAULT_POLLING } from '../../src/contract/polling-options.ts';
import { type Follower, plainFollower, trackerFollower } from './play.ts';

export interface Candidate {
  name: string;
  /** false: the policy does not look at progress, so one run is enough for all profiles with the same duration. */
  adapts: boolean;
  /** Starts a worker that has learnt nothing yet. */
  begin: () => Follower;
}

const fixed = (intervalMs: number): Candidate => ({
  name: `fixed ${intervalMs / 1_000} s`,
  adapts: false,
  begin: () => trackerFollower({ ...DEFAULT_POLLING, mode: 'fixed', intervalMs }, false),
});

const FIRST_MS = 2_000;

export const CANDIDATES: readonly Candidate[] = [
  { name: 'adaptive', adapts: true, begin: () => trackerFollower(DEFAULT_POLLING, true) },
  {
    name: 'adaptive, max 300 s',
    adapts: true,
    begin: () => trackerFollower({ ...DEFAULT_POLLING, maxIntervalMs: 300_000 }, true),
  },
  { name: 'adaptive, nothing learnt', adapts: true, begin: () => trackerFollower(DEFAULT_POLLING, false) },
  fixed(2_000),
  fixed(5_000),
  fixed(30_000),
  {
    name: 'exponential x1.5 to 60 s',
    adapts: false,
    begin: () => plainFollower((poll) => Math.min(FIRST_MS * 1.5 ** (poll - 1), 60_000)),
  },
  {
    name: 'full jitter 2..120 s',
    adapts: false,
    begin: () =>
      plainFollower((poll, chance) => {
        const ceilingMs = Math.min(FIRST_MS * 2 ** Math.min(poll, 30), 120_000);
        return FIRST_MS + chance() * (ceilingMs - FIRST_MS);
      }),
  },
];
