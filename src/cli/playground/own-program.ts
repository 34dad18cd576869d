import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const isSource = import.meta.url.endsWith('.ts');

/** @returns how to start another program of ours: sources with tsx, the build with node alone, as this process */
export function ownProgram(name: 'worker'): { command: string; args: string[] } {
  const path = fileURLToPath(new URL(`../../${name}.${isSource ? 'ts' : 'js'}`, import.meta.url));
  return { command: process.execPath, args: [...loader(), path] };
}

/** tsx is given by its path, because the child may run in a folder from which `tsx` cannot be resolved. */
function loader(): string[] {
  if (!isSource) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}

/** The command that a person types to run this CLI. */
export const ownCommand = isSource ? 'npx tsx src/cli/main.ts' : 'npx jobtrack';
