import { maskJson } from './mask.ts';
import type { Mask } from './mask.ts';

/** @returns `json` undefined for what is no JSON */
export function parsedJson(body: string, mask: Mask): { json: unknown; hasBigNumbers: boolean } {
  try {
    const exact = withExactNumbers(body);
    return { json: maskJson(JSON.parse(exact), mask), hasBigNumbers: exact !== body };
  } catch {
    return { json: undefined, hasBigNumbers: false };
  }
}

/** The warning of a result that holds such numbers. */
export const BIG_NUMBERS = 'whole numbers beyond 2^53 are kept as text, digit for digit';

// A text that is not closed goes on to the end: else the search would begin anew at each quote within it, for minutes in 1 MiB.
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\[^]?)*(?:"|$)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MAY_BE_BIG = /\d{16}/;

/** @returns JSON in which whole numbers beyond 2^53 are texts: `JSON.parse` would round them, and a rounded id is another job's */
function withExactNumbers(body: string): string {
  if (!MAY_BE_BIG.test(body)) return body;
  return body.replace(TEXT_OR_NUMBER, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}
