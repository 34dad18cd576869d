import { plainText } from '../../contract/text.ts';

/** What anyone else wrote is cut here before it goes further (I9, H26). */
export const MAX_TEXT = 1_000;

/**
 * Makes a foreign text fit to show: no control characters, at most `max` characters.
 * @returns null for anything that is no text, and for blanks
 */
export function cleanText(value: unknown, max: number = MAX_TEXT): string | null {
  const text = typeof value === 'string' ? plainText(value, max) : '';
  return text === '' ? null : text;
}
