/** The mask for everything that this process writes: to a terminal, to its log, or as an answer. */
import { knownSecrets } from '../config/known-secrets.ts';
import { type Mask, maskOf, MIN_MASKED } from '../providers/http/mask.ts';

let made: { readonly version: number; readonly mask: Mask } | null = null;

/** Replaces every secret of the configuration in a text by `[redacted]` (I2). */
export function maskKnown(text: string): string {
  const { secrets, version } = knownSecrets();
  if (made?.version !== version) made = { version, mask: maskOfAll([...secrets]) };
  return made.mask(text);
}

function maskOfAll(secrets: readonly string[]): Mask {
  // The longest first, because one secret may be a part of another.
  const masks = secrets
    .filter(({ length }) => length >= MIN_MASKED)
    .toSorted((one, other) => other.length - one.length)
    .map(maskOf);
  return (text) => masks.reduce((masked, mask) => mask(masked), text);
}
