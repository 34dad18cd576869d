import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const isSource = import.meta.url.endsWith('.ts');

/** How to start another program of ours in the way in which this one runs: sources by tsx, the build by node alone. */
export function ownProgram(name: 'worker'): { command: string; args: string[] } {
  const path = fileURLToPath(new URL(`../../${name}.${isSource ? 'ts' : 'js'}`, import.meta.url));
  return { command: process.execPath, args: [...loader(), path] };
}

/** By its path: the child may run in a folder from which `tsx` cannot be resolved. */
function loader(): string[] {
  if (!isSource) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}

/** What a person types to run the CLI that runs now. */
export const ownCommand = isSource ? 'npx tsx src/cli/main.ts' : 'npx jobtrack';
