import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @returns whether Node was started with this module. npm links programs; Node resolves links in module URLs, but not in `argv`. */
export function isProgram(moduleUrl: string): boolean {
  const script = process.argv[1];
  return script !== undefined && existsSync(script) && realpathSync(script) === fileURLToPath(moduleUrl);
}
