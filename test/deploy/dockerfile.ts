import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './tools.ts';

/** One instruction. `words`: the elements of its JSON form, or else its text split at blanks. */
export interface Instruction {
  name: string;
  text: string;
  words: string[];
}

export interface Stage {
  from: string;
  name: string | null;
  instructions: Instruction[];
}

/** Reads the stages of the Dockerfile. It knows only the part of the language that our Dockerfile uses. */
export async function readDockerfile(): Promise<Stage[]> {
  const text = await readFile(join(root, 'Dockerfile'), 'utf8');
  const joined = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, ' ');
  const stages: Stage[] = [];
  for (const line of joined.split('\n').filter((each) => each.trim() !== '')) {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const [, from = '', alias] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? [];
    if (name === 'FROM') stages.push({ from, name: alias ?? null, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text: rest, words: wordsOf(rest) });
  }
  return stages;
}

function wordsOf(text: string): string[] {
  const json = /\[.*\]$/.exec(text)?.[0];
  return json === undefined ? text.split(/\s+/) : (JSON.parse(json) as string[]);
}

export function instructionsOf({ instructions }: Stage, name: string): Instruction[] {
  return instructions.filter((instruction) => instruction.name === name);
}

/** @returns the variables that ENV sets */
export function environmentOf(stage: Stage): Record<string, string> {
  const pairs = instructionsOf(stage, 'ENV').flatMap(({ words }) => words.map((word) => word.split('=', 2)));
  return Object.fromEntries(pairs as [string, string][]);
}
