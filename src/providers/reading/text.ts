import { plainText } from '../../contract/text.ts';

/** The limit of a text from a service, characters (I9, H26). */
export const MAX_TEXT = 1_000;

/**
 * Cleans a text of a service: no control characters, at most `max` characters.
 * @returns null if the value is not a text, or is blank
 */
export function cleanText(value: unknown, max: number = MAX_TEXT): string | null {
  const text = typeof value === 'string' ? plainText(value, max) : '';
  return text === '' ? null : text;
}
