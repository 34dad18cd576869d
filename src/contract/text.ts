// Cleans texts of callers and services. Each passes here before it reaches a failure, a payload, an attribute, a log or a terminal. A
// single lone surrogate would end the worker that sends it, because it is not UTF-8.

// Escape sequences of terminals by the grammar of ECMA-48: a control string (a title, a link), a control sequence (a colour, a move of
// the cursor), another escape.
export const ESCAPE =
  // oxlint-disable-next-line no-control-regex -- control characters are removed
  /(?:\u001b[PX\]^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009b-\u009f]*(?:\u0007|\u001b\\|\u009c)|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[ -/]*[0-~]/g;

// Tabs and line breaks become a space.
const WHITE = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
// Control characters, marks of writing direction, and invisible characters. They would mislead a reader or a mask.
const HIDDEN = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]/gu;
const HALF_PAIR = /\p{Cs}/gu;
const HALF_PAIR_AT_END = /[\ud800-\udbff]$/;

/** @returns at most `max` characters (UTF-16 units) of `text`. A cut text ends with an ellipsis. No surrogate pair is cut. */
export function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(HALF_PAIR_AT_END, '')}…`;
}

/** @returns `text` with U+FFFD for each lone surrogate, so that it can be encoded in UTF-8 */
export function wellFormed(text: string): string {
  return text.replace(HALF_PAIR, '\ufffd');
}

/**
 * Cleans a text for one line of a terminal or a log. Spaces and length stay.
 * A lone surrogate becomes U+FFFD. It never throws. A second call changes nothing.
 */
export function oneLine(text: string): string {
  return wellFormed(text.replace(ESCAPE, '').replace(WHITE, ' ')).replace(HIDDEN, '');
}

/**
 * Cleans a text to send and to show: well-formed Unicode on one line, no control characters, at most `max` characters.
 * A lone surrogate becomes U+FFFD. It never throws. A second call changes nothing.
 */
export function plainText(text: string, max: number): string {
  // A long text is cut before the cleaning, to save work.
  return clip(oneLine(text.slice(0, max * 4)).trim(), max);
}

/** @returns whether it is well-formed text on one line, without control characters, marks of writing direction and invisible characters */
export function isPlain(text: string): boolean {
  return text.search(WHITE) < 0 && text.search(HIDDEN) < 0 && text.search(HALF_PAIR) < 0;
}
