import type { Json } from '../../contract/json.ts';

/** What a service's result may add to a history: a payload over 2 MB would be refused for good (H16). */
const MAX_JSON_BYTES = 64 * 1_024;
/** A scalar has no level, `[]` has one, `[[]]` two. */
const MAX_JSON_LEVELS = 32;

export type Bounded = { kept: true; value: Json } | { kept: false; note: string };

/**
 * Keeps a foreign JSON value if it is small enough: at most 64 KiB of UTF-8 and 32 levels.
 * @returns a copy with finite numbers only (JSON `1e400` arrives as Infinity and is kept as null), or a note on the size
 */
export function boundJson(value: unknown): Bounded {
  // Levels first: `JSON.stringify` recurses, and fails at some 8 000 of them.
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

function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
