import type { Json } from '../../contract/json.ts';
import { isHolder } from '../http/mask.ts';

/** The limit of a result in the history. Temporal refuses a payload over 2 MB, at each retry (H16). */
const MAX_JSON_BYTES = 64 * 1_024;
/** `1` has no level, `[]` has one, `[[]]` two. */
const MAX_JSON_LEVELS = 32;

/** The kept value, or a note why it was dropped. */
export type Bounded = { kept: true; value: Json } | { kept: false; note: string };

/**
 * Keeps a JSON value of a service if it has at most 64 KiB of UTF-8 and 32 levels.
 * @returns a copy, or a note on the size. A number that is not finite becomes null, such as JSON `1e400`
 */
export function boundJson(value: unknown): Bounded {
  // Levels are checked first: `JSON.stringify` is recursive, and fails at about 8 000 levels.
  if (isDeeper(value)) return { kept: false, note: `nested deeper than ${MAX_JSON_LEVELS} levels` };
  const text = JSON.stringify(value ?? null);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_JSON_BYTES) return { kept: false, note: `${bytes} bytes, at most ${MAX_JSON_BYTES} are kept` };
  return { kept: true, value: JSON.parse(text) as Json };
}

function isDeeper(root: unknown): boolean {
  let level: object[] = [root].filter(isHolder);
  for (let levels = 0; level.length > 0; levels += 1) {
    if (levels === MAX_JSON_LEVELS) return true;
    level = level.flatMap((holder) => Object.values(holder)).filter(isHolder);
  }
  return false;
}
