import { maskKnown } from '../../process/masking.ts';
import type { Sink } from './output.ts';

/** A stream that masks every secret of the configuration. It is the last defence of I2. */
export function maskedSink(sink: Sink): Sink {
  return {
    write: (text) => sink.write(maskKnown(text)),
    get isTTY() {
      return sink.isTTY ?? false;
    },
    get columns() {
      return sink.columns ?? 0;
    },
    get rows() {
      return sink.rows ?? 0;
    },
  };
}
