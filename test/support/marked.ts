import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** `UPDATE_DOCS=1`: the tests write the tables in the documents, and do not compare them. */
export const isUpdatingDocs = process.env['UPDATE_DOCS'] === '1';

/** The part of a document between `<!-- name:begin -->` and `<!-- name:end -->`. */
export interface Marked {
  text: string;
  write: (table: string) => void;
}

export function markedIn(file: string, name: string): Marked {
  const path = join(root, file);
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const text = readFileSync(path, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${file} has lost its marks ${begin} and ${end}`);
  const [head, tail] = [text.slice(0, from + begin.length), text.slice(to)];
  return {
    text: text.slice(from + begin.length, to).trim(),
    write: (table) => writeFileSync(path, `${head}\n${table}\n${tail}`),
  };
}
