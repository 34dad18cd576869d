/** The caller of the control API asked for something that there is not. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}
