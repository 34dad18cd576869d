import { maskKnown } from '../../process/masking.ts';
import type { Sink } from './output.ts';

/** A stream to which no secret of the configuration gets, whoever wrote the text: the last line of defence of I2. */
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
