import { type Mask, maskJson } from './mask.ts';

/** @returns the parsed and masked body; `json` is undefined if the body is not JSON */
export function parsedJson(body: string, mask: Mask): { json: unknown; hasBigNumbers: boolean } {
  try {
    const exact = withExactNumbers(body);
    return { json: maskJson(JSON.parse(exact), mask), hasBigNumbers: exact !== body };
  } catch {
    return { json: undefined, hasBigNumbers: false };
  }
}

/** The warning for a result with such numbers. */
export const BIG_NUMBERS = 'whole numbers beyond 2^53 are kept as text, digit for digit';

// `|$` ends an unclosed string at the end of the body. Without it, the search would restart at each quote, for minutes in 1 MiB.
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\[^]?)*(?:"|$)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MAY_BE_BIG = /\d{16}/;

/** @returns JSON with whole numbers beyond 2^53 as strings. `JSON.parse` would round them, and a rounded id is that of another job. */
function withExactNumbers(body: string): string {
  if (!MAY_BE_BIG.test(body)) return body;
  return body.replace(TEXT_OR_NUMBER, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}
