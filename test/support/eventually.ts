import { vi } from 'vitest';
import { NEVER_MS } from './never.ts';

/** Repeats `work` until it does not throw. @returns its result */
export function eventually<Value>(work: () => Value | Promise<Value>): Promise<Value> {
  return vi.waitFor(work, { timeout: NEVER_MS, interval: 20 });
}
