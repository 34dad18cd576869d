import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './marked.ts';

/** A fenced block of a document. */
export interface Snippet {
  /** The nearest heading above it. */
  heading: string;
  language: string;
  text: string;
}

/** @returns every fenced block of a document, in order */
export function snippetsOf(file: string): Snippet[] {
  const text = readFileSync(join(root, file), 'utf8');
  const parts = text.matchAll(/^#+ (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm);
  let heading = '';
  const snippets: Snippet[] = [];
  for (const [, title, language, body] of parts) {
    if (title !== undefined) heading = title;
    else if (language !== undefined && body !== undefined) snippets.push({ heading, language, text: body });
  }
  return snippets;
}

/** @returns the shell blocks under one heading. @throws Error if there are none, for example after the heading was renamed */
export function shellUnder(file: string, heading: string): string[] {
  const found = snippetsOf(file).filter((snippet) => snippet.heading === heading && snippet.language === 'sh');
  if (found.length === 0) throw new Error(`${file} has no shell block under "${heading}"`);
  return found.map(({ text }) => text);
}

/** @returns the commands of a shell block, with continued lines joined and comments left out */
export function commandsOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/\s+#\s.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
