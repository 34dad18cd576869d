import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The facts about a recorded history, apart from its events. */
export interface Recorded {
  about: string;
  /** The commit whose code produced it. */
  commit: string;
  workflowId: string;
  events: number;
}

const inFolder = (name: string): string => fileURLToPath(new URL(`./histories/${name}`, import.meta.url));

export const INDEX = inFolder('index.json');
export const SUMS = inFolder('SHA256SUMS');

export function historyFile(name: string): string {
  return inFolder(`${name}.json`);
}

export function sumOf(name: string): string {
  return createHash('sha256')
    .update(readFileSync(historyFile(name)))
    .digest('hex');
}

export function recordedHistories(): Record<string, Recorded> {
  return JSON.parse(readFileSync(INDEX, 'utf8')) as Record<string, Recorded>;
}

export function readHistory(name: string): object {
  return JSON.parse(readFileSync(historyFile(name), 'utf8')) as object;
}
