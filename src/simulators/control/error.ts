/** A wrong call of the control API. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}
