import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SimulatorState } from '../control/interface.ts';

/** Reads are frequent, so their counts are written after this delay. After a crash, they may be this old. */
const LATER_MS = 100;

/** The file of the state. Without a path, it does nothing. */
export interface StateFile {
  read(): SimulatorState | null;
  writeNow(): void;
  writeSoon(): void;
  close(): void;
}

const NOWHERE: StateFile = { read: () => null, writeNow() {}, writeSoon() {}, close() {} };

/** Keeps the state in a file. It is written to another file and then renamed, so that a reader never sees half of it. */
export function createStateFile(path: string | undefined, state: () => SimulatorState): StateFile {
  if (path === undefined) return NOWHERE;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  const writeNow = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const beside = `${path}.${process.pid}.tmp`;
    writeFileSync(beside, JSON.stringify(state()));
    renameSync(beside, path);
  };
  return {
    read: () => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as SimulatorState) : null),
    writeNow,
    writeSoon() {
      timer ??= setTimeout(writeNow, LATER_MS);
    },
    close() {
      if (!closed) writeNow();
      closed = true; // a second close must not overwrite the file of a later process
    },
  };
}
