/**
 * Every secret that this process has read from its configuration, so that whoever writes a text can take all of them out of it: the
 * libraries whose errors we print know nothing of our wrappers.
 */
const known = new Set<string>();
let version = 0;

/** A file rotated for years must not fill the memory. */
const MAX_KNOWN = 1_000;

/** Notes secrets, also as they stand within JSON. Of a text of several lines, such as a key, each long line is one. */
export function know(...secrets: readonly (string | null | undefined)[]): void {
  for (const secret of secrets.flatMap(partsOf)) {
    if (known.has(secret)) continue;
    known.add(secret);
    if (known.size > MAX_KNOWN) known.delete(known.values().next().value ?? '');
    version += 1;
  }
}

const MIN_LINE = 32;

function partsOf(secret: string | null | undefined): string[] {
  if (secret === null || secret === undefined) return [];
  const text = secret.trim();
  const lines = text.includes('\n') ? text.split(/\s*\n\s*/).filter(({ length }) => length >= MIN_LINE) : [];
  const isKey = text.startsWith('-----BEGIN');
  return [
    ...(isKey ? [] : [text, JSON.stringify(text).slice(1, -1)]),
    ...lines.filter((line) => !line.startsWith('-----')),
  ];
}

/** `version` moves when one is added. */
export function knownSecrets(): { readonly secrets: ReadonlySet<string>; readonly version: number } {
  return { secrets: known, version };
}
