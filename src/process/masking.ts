/** The mask for everything that this process writes: to a terminal, to its log, or as an answer. */
import { environment, knowSecretsOf } from '../config/index.ts';
import { knownSecrets } from '../config/known-secrets.ts';
import { oneLine } from '../contract/text.ts';
import { createMask, MIN_MASKED } from '../providers/http/mask.ts';

let made = { version: -1, indexed: new Set<string>(), ...createMask() };

/** More secrets than that were forgotten since the mask was made: it is made anew. */
const MAX_FORGOTTEN = 1_000;

/** Replaces every secret of the configuration in a text by `[redacted]` (I2). */
export function maskKnown(text: string): string {
  const { secrets, version } = knownSecrets();
  if (made.version !== version) update(secrets, version);
  return made.mask(text);
}

function update(secrets: ReadonlySet<string>, version: number): void {
  const isOld = made.indexed.size > secrets.size + MAX_FORGOTTEN;
  if (isOld) made = { version, indexed: new Set(), ...createMask() };
  for (const secret of secrets) {
    if (made.indexed.has(secret)) continue;
    made.indexed.add(secret);
    if (secret.length >= MIN_MASKED) made.add(secret);
  }
  made.version = version;
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
