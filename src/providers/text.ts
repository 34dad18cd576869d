import { clip, isRecord } from '../domain/json.ts';

/** What anyone else wrote is cut here before it goes further (I9, H26). */
export const MAX_TEXT = 1_000;

// Tabs and line ends become a blank; other controls, and marks that turn the direction of writing, would fool a terminal.
const WHITE = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const CONTROL = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
// Half a surrogate pair is no UTF-8, and a failure message that holds one is refused by the server.
const HALF_PAIR = /\p{Cs}/gu;

/** Takes a credential out of a text, whatever its letter case and whether or not it was URL-encoded. */
export type Mask = (text: string) => string;

/**
 * Makes a foreign text fit to show: no control characters, at most `max` characters.
 * @returns null for anything that is no text, and for blanks
 */
export function cleanText(value: unknown, max: number = MAX_TEXT): string | null {
  if (typeof value !== 'string') return null;
  // Cut before cleaning too: a text of 1 MiB is not worth the work.
  const text = value
    .slice(0, max * 4)
    .replace(WHITE, ' ')
    .replace(CONTROL, '')
    .trim();
  return text === '' ? null : clip(text, max).replace(HALF_PAIR, '\ufffd');
}

/** Shorter credentials would be found in ordinary words: masking `post` in an answer would spoil it. */
export const MIN_MASKED = 8;

/** @returns a mask for this credential; `[redacted]` stands in its place */
export function maskOf(secret: string): Mask {
  const forms = [...new Set([secret, encodeURIComponent(secret)])].filter((form) => form !== '');
  if (forms.length === 0) return (text) => text;
  const pattern = new RegExp(
    forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)).join('|'),
    'gi',
  );
  return (text) => text.replace(pattern, '[redacted]');
}

/**
 * Masks every text in a freshly parsed JSON value, keys too, in place. Walks with its own stack: a service may nest
 * 100 000 arrays, and recursion would end the process.
 */
export function maskJson(root: unknown, mask: Mask): unknown {
  if (typeof root === 'string') return mask(root);
  const open: unknown[] = [root];
  while (open.length > 0) {
    const holder = open.pop();
    if (Array.isArray(holder)) maskItems(holder, mask, open);
    else if (isRecord(holder)) maskFields(holder, mask, open);
  }
  return root;
}

function maskItems(items: unknown[], mask: Mask, open: unknown[]): void {
  for (const [index, item] of items.entries()) {
    if (typeof item === 'string') items[index] = mask(item);
    else open.push(item);
  }
}

function maskFields(record: Record<string, unknown>, mask: Mask, open: unknown[]): void {
  for (const [key, field] of Object.entries(record)) {
    const name = mask(key);
    const value = typeof field === 'string' ? mask(field) : field;
    if (name !== key) delete record[key];
    // Defined, not assigned: an own key `__proto__` must stay a key (H16).
    if (name !== key || value !== field) {
      Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true });
    }
    if (typeof value !== 'string') open.push(value);
  }
}
