/**
 * When within a period a job is polled. It is made of the job's name: always the same for one job, and evenly spread for many.
 * @returns in [0, 1)
 */
export function phaseOffsetOf(name: string): number {
  let hash = 2_166_136_261; // FNV-1a
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 16_777_619);
  // The last characters of names differ most. One more mix brings them into the high bits.
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
