/** After this time without an event a test fails, in ms. It is long, because slowness of a busy machine is no failure. */
export const NEVER_MS = 120_000;
