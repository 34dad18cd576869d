import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SimulatorState } from '../control/interface.ts';

/** Reads come by the thousand: their counts may be this old after a crash. */
const LATER_MS = 100;

export interface StateFile {
  read(): SimulatorState | null;
  writeNow(): void;
  writeSoon(): void;
  close(): void;
}

const NOWHERE: StateFile = { read: () => null, writeNow() {}, writeSoon() {}, close() {} };

/** Keeps the state in a file: written beside it, then renamed, so that no reader ever sees half of one. */
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
      closed = true; // a second close must not overwrite what a successor has written
    },
  };
}
