import { plainText } from '../../contract/text.ts';
import type { Mask } from '../http/mask.ts';

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

/**
 * Cleans a text of a service, and masks the credential in it (I2). The text is cleaned first, because that may join parts of a credential
 * which the service had split; and again, because a mask may lengthen it.
 */
export function maskedText(value: unknown, mask: Mask, max: number = MAX_TEXT): string | null {
  return cleanText(mask(cleanText(value, max) ?? ''));
}
