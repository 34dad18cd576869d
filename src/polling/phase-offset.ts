/**
 * Spreads a job within a period by its name: the same job gets the same place, and many jobs come evenly.
 * @returns in [0, 1)
 */
export function phaseOffsetOf(name: string): number {
  let hash = 2_166_136_261; // FNV-1a
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 16_777_619);
  // The last characters differ most, and reach the high bits only by one more mix.
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
