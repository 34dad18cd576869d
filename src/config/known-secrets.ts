/** Every secret that this process has read. Whatever it writes is masked by this list, because an error of a library may quote a secret. */
const known = new Set<string>();
let version = 0;

/** A worker may have 10 000 accounts. A credential that is rotated for years must not fill the memory. */
const MAX_KNOWN = 30_000;

/** Registers secrets, also in their escaped form in JSON. In a text of several lines, such as a key, each long line is a secret. */
export function know(...secrets: readonly (string | null | undefined)[]): void {
  for (const secret of secrets.flatMap(partsOf)) {
    const isNew = !known.delete(secret);
    known.add(secret); // at the end: what was read lately is forgotten last
    if (!isNew) continue;
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

/** `version` changes when a secret is added. */
export function knownSecrets(): { readonly secrets: ReadonlySet<string>; readonly version: number } {
  return { secrets: known, version };
}
