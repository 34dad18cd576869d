import { isRecord } from '../../contract/json.ts';
import { ESCAPE } from '../../contract/text.ts';

/** Takes a credential out of a text: `[redacted]` stands in its place. */
export type Mask = (text: string) => string;

/** Shorter credentials would be found in ordinary words: masking `post` in an answer would spoil it. */
export const MIN_MASKED = 8;
/** A credential of at least this length is also searched for in base64 and hexadecimal. */
const MIN_ENCODED = 16;

// What a service may put into a credential that it echoes, and what a cleaner or a reader takes out again. First what stands for nothing:
// every character that no credential holds, such as blanks, controls and zero widths; of an escape sequence all, as terminals do, or only
// the control character, as a simpler reader does.
const NOTHING = String.raw`[^\u0021-\u007e\u00a1-\u00ff]+|\u00ad+`;
const NOISES = [new RegExp(`${ESCAPE.source}|${NOTHING}`, 'g'), new RegExp(NOTHING, 'g')];
// Then what stands for one character: escapes of JSON (of JSON in JSON too), URL and HTML. A backslash before any other stands for nothing.
// No flag `i`: it would take foreign letters for Latin ones.
const ENCODED = new RegExp(
  [
    String.raw`\\+(?:[ux]((?<=u)[0-9a-fA-F]{4}|(?<=x)[0-9a-fA-F]{2})|[bfnrtv])?`,
    '%(?:25)*([0-9a-fA-F]{2})',
    String.raw`&(?:amp;)*#(?:[xX]0{0,6}([0-9a-fA-F]{1,4})|0{0,6}(\d{1,5}));`,
    '(&)(?:amp;)+',
  ].join('|'),
  'g',
);
const NO_PART = /[^\u0021-\u007e\u00a1-\u00ff]|[\u00ad\\]/;

/** @returns a mask that finds this credential in any letter case, split, escaped or encoded, also within a longer base64 */
export function maskOf(secret: string): Mask {
  const masks = NOISES.map((noise): Mask => {
    const needles = needlesOf(secret, noise);
    return (text) => {
      const bare = bareOf(text, noise);
      return needles.some((needle) => bare.includes(needle)) ? redacted(text, noise, needles) : text;
    };
  });
  return (text) => masks.reduce((masked, mask) => mask(masked), text);
}

function needlesOf(secret: string, noise: RegExp): string[] {
  const utf8 = Buffer.from(secret, 'utf8');
  const latin1 = Buffer.from(secret, 'latin1');
  const plain = [secret, utf8.toString('latin1')];
  const encoded = [utf8, latin1].flatMap((bytes) => [
    bytes.toString('hex'),
    ...[0, 1, 2].map((at) => base64At(bytes, at)),
  ]);
  const forms = secret.length < MIN_ENCODED ? plain : [...plain, ...encoded];
  return [...new Set(forms.map((form) => bareOf(form, noise)))].filter((needle) => needle !== '');
}

/** @returns what base64 makes of these bytes after `shift` others: the characters that no neighbour has a part in */
function base64At(bytes: Buffer, shift: number): string {
  const all = Buffer.concat([Buffer.alloc(shift), bytes]);
  return all.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((all.length * 8) / 6));
}

/** One case, one base64 alphabet, no noise: what two texts must share to hold the same credential. */
function bareOf(text: string, noise: RegExp): string {
  return folded(text.replace(noise, '').replace(ENCODED, (_, ...escapes: Escapes) => decoded(escapes)));
}

function folded(text: string): string {
  return text
    .replace(/[A-Z\u00c0-\u00d6\u00d8-\u00de]+/g, (letters) => letters.toLowerCase())
    .replaceAll('-', '+')
    .replaceAll('_', '/');
}

/** As captured: the hexadecimal digits of JSON, URL and HTML, decimal ones of HTML, an ampersand. */
type Escapes = [json?: string, url?: string, hex?: string, decimal?: string, ampersand?: string, ...rest: unknown[]];

/** @returns the one character that an escape stands for; empty for noise */
function decoded([json, url, hex, decimal, ampersand]: Escapes): string {
  if (ampersand !== undefined) return ampersand;
  const digits = json ?? url ?? hex;
  if (digits === undefined && decimal === undefined) return '';
  const character = String.fromCharCode(digits === undefined ? Number(decimal) : Number.parseInt(digits, 16));
  return NO_PART.test(character) ? '' : character;
}

function redacted(text: string, noise: RegExp, needles: readonly string[]): string {
  const { text: bare, from, to } = mapped(text, noise);
  const spans = needles.flatMap((needle) => spansOf(bare, needle)).toSorted((one, other) => one.start - other.start);
  let shown = '';
  let end = 0;
  for (const span of spans) {
    const start = from[span.start] ?? 0;
    if (start >= end) shown += `${text.slice(end, start)}[redacted]`;
    end = Math.max(end, to[span.end - 1] ?? 0);
  }
  return shown + text.slice(end);
}

/** A text of which parts were replaced; for each of its characters from where to where it stands in the text before. */
interface Mapped {
  readonly text: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The bare text, mapped to where it came from. */
function mapped(text: string, noise: RegExp): Mapped {
  const heard = replaced(text, noise, () => '');
  const { text: plain, from, to } = replaced(heard.text, ENCODED, decoded);
  return {
    text: folded(plain),
    from: from.map((start) => heard.from[start] ?? 0),
    to: to.map((end) => heard.to[end - 1] ?? 0),
  };
}

function replaced(text: string, pattern: RegExp, by: (groups: Escapes) => string): Mapped {
  const parts: string[] = [];
  const from: number[] = [];
  const to: number[] = [];
  let last = 0;
  const keep = (end: number): void => {
    parts.push(text.slice(last, end));
    for (; last < end; last += 1) {
      from.push(last);
      to.push(last + 1);
    }
  };
  for (const match of text.matchAll(pattern)) {
    keep(match.index);
    const part = by(match.slice(1));
    last += match[0].length;
    parts.push(part);
    if (part === '') continue;
    from.push(match.index);
    to.push(last);
  }
  keep(text.length);
  return { text: parts.join(''), from, to };
}

function spansOf(bare: string, needle: string): { start: number; end: number }[] {
  const spans = [];
  for (let start = bare.indexOf(needle); start >= 0; start = bare.indexOf(needle, start + needle.length)) {
    spans.push({ start, end: start + needle.length });
  }
  return spans;
}

/**
 * Masks every text in a freshly parsed JSON value, keys and numbers too, in place. Walks with its own stack: a service may nest
 * 100 000 arrays, and recursion would end the process.
 */
export function maskJson(root: unknown, mask: Mask): unknown {
  if (!isHolder(root)) return maskScalar(root, mask);
  const open: object[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    if (Array.isArray(holder)) maskItems(holder, mask, open);
    else if (isRecord(holder)) maskFields(holder, mask, open);
  }
  return root;
}

function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A credential of digits may come back as a number. */
function maskScalar(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value);
  return typeof value === 'number' && mask(String(value)) !== String(value) ? mask(String(value)) : value;
}

function maskItems(items: unknown[], mask: Mask, open: object[]): void {
  for (const [index, item] of items.entries()) {
    if (isHolder(item)) open.push(item);
    else items[index] = maskScalar(item, mask);
  }
}

function maskFields(record: Record<string, unknown>, mask: Mask, open: object[]): void {
  for (const [key, field] of Object.entries(record)) {
    const name = mask(key);
    const value = isHolder(field) ? field : maskScalar(field, mask);
    if (name !== key) delete record[key];
    // Defined, not assigned: an own key `__proto__` must stay a key (H16).
    if (name !== key || value !== field) {
      Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true });
    }
    if (isHolder(value)) open.push(value);
  }
}
