/** The one mask for whatever this process writes: to a terminal, to its log, or as an answer. */
import { knownSecrets } from '../config/known-secrets.ts';
import { maskOf, MIN_MASKED } from '../providers/http/mask.ts';
import type { Mask } from '../providers/http/mask.ts';

let made: { readonly version: number; readonly mask: Mask } | null = null;

/** Takes every secret of the configuration out of a text, whoever wrote it (I2). */
export function maskKnown(text: string): string {
  const { secrets, version } = knownSecrets();
  if (made?.version !== version) made = { version, mask: maskOfAll([...secrets]) };
  return made.mask(text);
}

function maskOfAll(secrets: readonly string[]): Mask {
  // The longest first: one may be a part of another.
  const masks = secrets
    .filter(({ length }) => length >= MIN_MASKED)
    .toSorted((one, other) => other.length - one.length)
    .map(maskOf);
  return (text) => masks.reduce((masked, mask) => mask(masked), text);
}
