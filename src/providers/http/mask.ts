import { ESCAPE } from '../../contract/text.ts';

/** Replaces a credential in a text by `[redacted]`. */
export type Mask = (text: string) => string;

/** Shorter credentials are not masked in answers, because they also occur in ordinary words, such as `post`. */
export const MIN_MASKED = 8;
/** Credentials of at least this length are also searched for in base64 and hexadecimal. */
const MIN_ENCODED = 16;

// A service may echo a credential with other characters inside, which a later reader drops. So a text is searched twice, each time
// without one of these two lists. Both have every character that a credential cannot contain, such as blanks, control characters and
// zero-width ones. The first also has whole escape sequences, which terminals drop. With the second, only their control character is
// dropped.
const NOTHING = String.raw`[^\u0021-\u007e\u00a1-\u00ff]+|\u00ad+`;
const NOISES = [new RegExp(`${ESCAPE.source}|${NOTHING}`, 'g'), new RegExp(NOTHING, 'g')];
// Then escapes of JSON (also JSON in JSON), URL and HTML are decoded. A backslash before any other character is removed.
// There is no flag `i`, because with it some foreign letters match Latin ones.
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

/** @returns a mask that finds this credential in any letter case; also split, escaped, encoded, or inside longer base64 */
export function maskOf(secret: string): Mask {
  const masks = NOISES.map((noise): Mask => {
    const needles = needlesOf(secret, noise);
    const leastLength = Math.min(...needles.map((needle) => needle.length));
    const find: Find = (bare) => needles.flatMap((needle) => spansOf(bare, needle));
    return (text) => {
      // The bare text is never longer than the text. Most names and values of an answer are too short for a credential.
      if (text.length < leastLength) return text;
      const bare = bareOf(text, noise);
      return needles.some((needle) => bare.includes(needle)) ? redacted(text, noise, find) : text;
    };
  });
  return (text) => masks.reduce((masked, mask) => mask(masked), text);
}

/** The needles are found by their first characters. */
const INDEXED = 8;

/** A mask of any number of credentials, which are added one by one. Its time does not grow with their number. */
export function createMask(): { readonly add: (secret: string) => void; readonly mask: Mask } {
  const byBegin = new Map<string, Set<string>>();
  const short = new Set<string>();
  const addNeedle = (needle: string): void => {
    if (needle.length < INDEXED) return void short.add(needle);
    const begin = needle.slice(0, INDEXED);
    byBegin.set(begin, (byBegin.get(begin) ?? new Set()).add(needle));
  };
  const find: Find = (bare) => {
    const spans = [...short].flatMap((needle) => spansOf(bare, needle));
    for (let start = 0; start + INDEXED <= bare.length; start += 1) {
      for (const needle of byBegin.get(bare.slice(start, start + INDEXED)) ?? []) {
        if (bare.startsWith(needle, start)) spans.push({ start, end: start + needle.length });
      }
    }
    return spans;
  };
  const masks = NOISES.map(
    (noise): Mask =>
      (text) =>
        find(bareOf(text, noise)).length > 0 ? redacted(text, noise, find) : text,
  );
  return {
    add: (secret) => {
      const noises = PLAIN.test(secret) ? NOISES.slice(0, 1) : NOISES; // the needles of a plain text are always the same
      for (const noise of noises) needlesOf(secret, noise).forEach(addNeedle);
    },
    mask: (text) => masks.reduce((masked, mask) => mask(masked), text),
  };
}

/** Where needles are in a bare text. */
type Find = (bare: string) => Span[];

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Has no noise and no escape. There may be thousands of credentials, and nearly all are such texts. */
const PLAIN = /^[\w.+/=:-]*$/;

function needlesOf(secret: string, noise: RegExp): string[] {
  const utf8 = Buffer.from(secret, 'utf8');
  const latin1 = Buffer.from(secret, 'latin1');
  const plain = [secret, utf8.toString('latin1')];
  const encoded = [utf8, latin1].flatMap((bytes) => [
    bytes.toString('hex'),
    ...[0, 1, 2].map((at) => base64At(bytes, at)),
  ]);
  const forms = secret.length < MIN_ENCODED ? plain : [...plain, ...encoded];
  return [...new Set(forms.map((form) => (PLAIN.test(form) ? foldedPlain(form) : bareOf(form, noise))))].filter(
    (needle) => needle !== '',
  );
}

/** @returns the base64 of these bytes after `shift` other bytes, without the characters at the ends that depend on other bytes */
function base64At(bytes: Buffer, shift: number): string {
  const all = Buffer.concat([Buffer.alloc(shift), bytes]);
  return all.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((all.length * 8) / 6));
}

/** The form in which texts are compared: lower case, one base64 alphabet, without noise and escapes. */
function bareOf(text: string, noise: RegExp): string {
  return folded(text.replace(noise, '').replace(ENCODED, (_, ...escapes: Escapes) => decoded(escapes)));
}

function folded(text: string): string {
  return text
    .replace(/[A-Z\u00c0-\u00d6\u00d8-\u00de]+/g, (letters) => letters.toLowerCase())
    .replaceAll('-', '+')
    .replaceAll('_', '/');
}

/** The same, faster, for ASCII. */
function foldedPlain(text: string): string {
  return text.toLowerCase().replaceAll('-', '+').replaceAll('_', '/');
}

/** The groups of `ENCODED`: hexadecimal digits of JSON, URL and HTML, decimal digits of HTML, an ampersand. */
type Escapes = [json?: string, url?: string, hex?: string, decimal?: string, ampersand?: string, ...rest: unknown[]];

/** @returns the character that an escape stands for; empty if a credential cannot contain it */
function decoded([json, url, hex, decimal, ampersand]: Escapes): string {
  if (ampersand !== undefined) return ampersand;
  const digits = json ?? url ?? hex;
  if (digits === undefined && decimal === undefined) return '';
  const character = String.fromCharCode(digits === undefined ? Number(decimal) : Number.parseInt(digits, 16));
  return NO_PART.test(character) ? '' : character;
}

function redacted(text: string, noise: RegExp, find: Find): string {
  const { text: bare, from, to } = mapped(text, noise);
  const spans = find(bare).toSorted((one, other) => one.start - other.start);
  let shown = '';
  let end = 0;
  for (const span of spans) {
    const start = from[span.start] ?? 0;
    if (start >= end) shown += `${text.slice(end, start)}[redacted]`;
    end = Math.max(end, to[span.end - 1] ?? 0);
  }
  return shown + text.slice(end);
}

/** A text after replacements. */
interface Mapped {
  readonly text: string;
  /** For each character of `text`: where its source begins in the original text, and (`to`) where it ends. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The same as `bareOf`, with the positions in the original text. */
function mapped(text: string, noise: RegExp): Mapped {
  const quiet = replaced(text, noise, () => '');
  const { text: plain, from, to } = replaced(quiet.text, ENCODED, decoded);
  return {
    text: folded(plain),
    from: from.map((start) => quiet.from[start] ?? 0),
    to: to.map((end) => quiet.to[end - 1] ?? 0),
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

function spansOf(bare: string, needle: string): Span[] {
  const spans = [];
  for (let start = bare.indexOf(needle); start >= 0; start = bare.indexOf(needle, start + needle.length)) {
    spans.push({ start, end: start + needle.length });
  }
  return spans;
}

/**
 * Masks a parsed JSON value in place: strings, numbers and keys. It uses a stack of its own, because a service may nest 100 000 arrays,
 * and recursion would end the process.
 */
export function maskJson(root: unknown, mask: Mask): unknown {
  if (!isHolder(root)) return maskScalar(root, mask);
  const open: object[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    for (const [key, field] of Object.entries(holder) as [string, unknown][]) {
      const name = Array.isArray(holder) ? key : mask(key);
      const value = isHolder(field) ? field : maskScalar(field, mask);
      if (name !== key) Reflect.deleteProperty(holder, key);
      // An assignment to the key `__proto__` would set the prototype (H16).
      if (name !== key || value !== field) {
        Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true });
      }
      if (isHolder(value)) open.push(value);
    }
  }
  return root;
}

/** @returns whether it is an object or an array */
export function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A service may echo a credential of digits as a number. */
function maskScalar(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value);
  return typeof value === 'number' && mask(String(value)) !== String(value) ? mask(String(value)) : value;
}
