/** How long a test waits for an event before it counts as one that never comes, ms: a busy machine is slow, and that is no failure. */
export const NEVER_MS = 120_000;
