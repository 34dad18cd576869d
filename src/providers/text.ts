import { isRecord } from '../domain/json.ts';
import { plainText } from '../domain/text.ts';

/** What anyone else wrote is cut here before it goes further (I9, H26). */
export const MAX_TEXT = 1_000;

/** Takes a credential out of a text, whatever its letter case and whether or not it was URL-encoded. */
export type Mask = (text: string) => string;

/**
 * Makes a foreign text fit to show: no control characters, at most `max` characters.
 * @returns null for anything that is no text, and for blanks
 */
export function cleanText(value: unknown, max: number = MAX_TEXT): string | null {
  const text = typeof value === 'string' ? plainText(value, max) : '';
  return text === '' ? null : text;
}

/** Shorter credentials would be found in ordinary words: masking `post` in an answer would spoil it. */
export const MIN_MASKED = 8;

/** Shorter credentials are not looked for in other codes: what is left of them there would be found in ordinary texts. */
const MIN_CODED = 16;

/** What a service may put between the characters of what it echoes, to the eye of nobody. */
const UNSEEN = String.raw`(?:\u001b\[[0-?]*[ -\/]*[@-~]|[\p{Cc}\p{Cf}])*`;

/** @returns a mask for this credential, also where it is coded or broken up; `[redacted]` stands in its place */
export function maskOf(secret: string): Mask {
  const coded = secret.length < MIN_CODED ? [] : [...base64FormsOf(secret), Buffer.from(secret).toString('hex')];
  const inJson = JSON.stringify(secret).slice(1, -1);
  const plain = [secret, encodeURIComponent(secret), inJson, inJson.replaceAll('/', String.raw`\/`)];
  const forms = [...new Set([...plain, ...coded])].filter((form) => form !== '');
  if (forms.length === 0) return (text) => text;
  const pattern = new RegExp(forms.map(patternOf).join('|'), 'giu');
  return (text) => text.replace(pattern, '[redacted]');
}

function patternOf(form: string): string {
  return Array.from(form, (character) => character.replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`)).join(UNSEEN);
}

/** The base64 of a credential depends on how many bytes stand before it: the characters that do not depend on its neighbours, both alphabets. */
function base64FormsOf(secret: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const own = bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
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
