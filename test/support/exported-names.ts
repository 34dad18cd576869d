import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The exports of a declaration file. A class is a type and a value. */
export interface ExportedNames {
  readonly types: readonly string[];
  readonly values: readonly string[];
}

const LISTED = /^export (type )?\{([^}]*)\}/gm;
const LISTED_NAME = /(type )?(?:\w+ as )?(\w+)\s*(?:,|$)/g;
const DECLARED = /^export (?:declare )?(interface|type|class|const|function) (\w+)/gm;
const STARRED = /^export \* from '(\.[^']+)\.ts'/gm;

/** Reads a declaration file. It knows only the syntax that the compiler writes. */
export function exportedNames(declarationFile: string): ExportedNames {
  const text = readFileSync(declarationFile, 'utf8');
  const types: string[] = [];
  const values: string[] = [];
  for (const [, isType, names = ''] of text.matchAll(LISTED)) {
    for (const [, isOneType, name = ''] of names.matchAll(LISTED_NAME)) {
      (isType === undefined && isOneType === undefined ? values : types).push(name);
    }
  }
  for (const [, kind = '', name = ''] of text.matchAll(DECLARED)) {
    if (['interface', 'type', 'class'].includes(kind)) types.push(name);
    if (['class', 'const', 'function'].includes(kind)) values.push(name);
  }
  for (const [, file = ''] of text.matchAll(STARRED)) {
    const more = exportedNames(join(dirname(declarationFile), `${file}.d.ts`));
    types.push(...more.types);
    values.push(...more.values);
  }
  return { types, values };
}
