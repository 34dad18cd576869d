/** The last defence of I2: an uncaught error. */
import { environment, knowSecretsOf } from '../config/index.ts';
import { oneLine } from '../contract/text.ts';
import { maskKnown } from './masking.ts';

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
