/** The mask for everything that this process writes: to a terminal, to its log, or as an answer. */
import { environment, knowSecretsOf } from '../config/index.ts';
import { knownSecrets } from '../config/known-secrets.ts';
import { oneLine } from '../contract/text.ts';
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

/** Prints only the masked stack of an uncaught error, and exits with 1. Node would print all its fields, such as the headers of a request. */
export function maskUncaught(): void {
  knowSecretsOf(environment());
  process.on('uncaughtException', (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const lines = text.split('\n').map(oneLine).join('\n');
    process.stderr.write(maskKnown(`${lines}\n`));
    process.exit(1);
  });
}
