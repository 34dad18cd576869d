import { meanOf, quantileOf } from '../statistics.ts';
import { chanceOf, lognormal } from '../random.ts';
import { type Candidate, CANDIDATES } from './policies.ts';
import { type Profile, PROFILES } from './profiles.ts';

export interface PolicyRow {
  profile: string;
  policy: string;
  polls: number;
  pollsP99: number;
  delayMeanMs: number;
  delayP95Ms: number;
  delayMaxMs: number;
}

const SIGMA = 0.3;
const JOBS = 4_000;
/** The number of jobs that the worker tracks before the counted ones. */
const LEARNT = 200;

export function policyRows(seed: number, note: (line: string) => void): PolicyRow[] {
  const known = new Map<string, Omit<PolicyRow, 'profile'>>();
  return PROFILES.flatMap((profile) => {
    note(`policy: ${profile.name}`);
    return CANDIDATES.map((candidate) => {
      const key = candidate.adapts ? `${candidate.name}/${profile.name}` : `${candidate.name}/${profile.medianMs}`;
      const row = known.get(key) ?? rowOf(profile, candidate, seed);
      known.set(key, row);
      return { profile: profile.name, ...row };
    });
  });
}

function rowOf(profile: Profile, candidate: Candidate, seed: number): Omit<PolicyRow, 'profile'> {
  const durations = chanceOf(seed); // the same jobs for every policy
  const chance = chanceOf(seed + 1);
  const follow = candidate.begin();
  const all = Array.from({ length: LEARNT + JOBS }, () =>
    follow(profile, lognormal(durations, profile.medianMs, SIGMA), chance),
  ).slice(LEARNT);
  const polls = all.map((job) => job.polls);
  const delays = all.map((job) => job.delayMs);
  return {
    policy: candidate.name,
    polls: Math.round(meanOf(polls) * 10) / 10,
    pollsP99: quantileOf(polls, 0.99),
    delayMeanMs: Math.round(meanOf(delays)),
    delayP95Ms: Math.round(quantileOf(delays, 0.95)),
    delayMaxMs: Math.round(quantileOf(delays, 1)),
  };
}
