import { hashOf } from '../contract/hash.ts';

/**
 * When within a period a job is polled. It is made of the job's name: always the same for one job, and evenly spread for many.
 * @returns in [0, 1)
 */
export function phaseOffsetOf(name: string): number {
  return hashOf(name) / 2 ** 32;
}
