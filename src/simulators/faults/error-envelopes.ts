import { ControlError } from '../control/error.ts';
import type { Action } from '../model.ts';

/** A text that must be cleaned before it is shown: it has control characters, markup, and a fake credential. */
const NASTY_TEXT =
  '\u001b[31mred\u0000\u0007 <script>alert("x")</script> %s ${x} Bearer dw_live_FAKE_LEAKED_0000 \u202e';

export function envelopeText(bytes: number): string {
  return NASTY_TEXT + 'x'.repeat(Math.max(0, bytes - NASTY_TEXT.length));
}

/** The error bodies of 2.5 (A to F) and 3.7 (error, message, both, text). */
export function envelope(
  shape: string,
  { status, code, message }: { status: number; code: string; message: string },
): Action {
  switch (shape) {
    case 'A':
      return { kind: 'answer', status, json: { error: true, message, details: `${message}: details` } };
    case 'B':
      return { kind: 'answer', status, json: { error: true, message } };
    case 'C':
      return { kind: 'answer', status, json: { error: true, code, message } };
    case 'D':
      return { kind: 'answer', status, json: { success: false, error: message } };
    case 'E':
      return {
        kind: 'answer',
        status,
        text: `<html><body>${message}</body></html>`,
        headers: { 'content-type': 'text/html' },
      };
    case 'F':
    case 'text':
      return { kind: 'answer', status, text: message };
    case 'error':
      return { kind: 'answer', status, json: { error: message } };
    case 'message':
      return { kind: 'answer', status, json: { message } };
    case 'both':
      return { kind: 'answer', status, json: { error: message, message: `${message}!` } };
    default:
      throw new ControlError(`no error envelope ${shape}`);
  }
}
