/** The last line of defence of I2: an error that nobody caught. */
import { environment, knowSecretsOf } from '../config/index.ts';
import { oneLine } from '../contract/text.ts';
import { maskKnown } from './masking.ts';

/** Node would print such an error with all that hangs on it, such as the headers of a request. Its stack alone is told, masked; exit code 1. */
export function maskUncaught(): void {
  knowSecretsOf(environment());
  process.on('uncaughtException', (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const lines = text.split('\n').map(oneLine).join('\n');
    process.stderr.write(maskKnown(`${lines}\n`));
    process.exit(1);
  });
}
