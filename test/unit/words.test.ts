import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/marked.ts';
import { sourceFilesIn } from '../support/source-files.ts';

/** Words that the field's standard words replaced, each with its replacement. The glossary is in docs/design.md. */
const REPLACED: readonly (readonly [old: string, by: string])[] = [
  ['told|tells?|telling', 'report, or say'],
  ['gate|gates', 'admission, limiter, or circuit breaker'],
  ['held back|heldBack', 'deferred'],
  ['pace|paced', 'trend, or forecast'],
  ['placeOf|behindPlace', 'phase offset'],
  ['weigh|weighs|weighed', 'evaluate'],
  ['overtaken|overtakes', 'superseded, or interrupted'],
  ['foretold|foretells', 'forecast'],
  ['moments?', 'time, or timestamp'],
  ['urgency', 'interrupt, or urgent'],
  ['(that|for|so that) nobody', 'a sentence with a subject: no worker, no caller, no job'],
];

/** Removes the texts of a line. Texts may have old words, because names on the wire are a promise. */
const withoutTexts = (line: string): string => line.replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`/g, '');

const lines = sourceFilesIn(join(root, 'src')).flatMap((file) =>
  readFileSync(join(root, 'src', file), 'utf8')
    .split('\n')
    .map((text, index) => ({ place: `src/${file}:${index + 1}`, text: withoutTexts(text) })),
);

test.each(REPLACED)('the sources do not say "%s", but %s', (old) => {
  const pattern = new RegExp(String.raw`\b(?:${old})\b`, 'i');
  expect(lines.length).toBeGreaterThan(10_000);
  expect(lines.filter(({ text }) => pattern.test(text))).toEqual([]);
});

test('an old word in a comment or in a name is found, and one in a text is not', () => {
  const found = ['// it is told', 'const told = 1;', "const name = 'told';"].map((line) =>
    /\btold\b/.test(withoutTexts(line)),
  );
  expect(found).toEqual([true, true, false]);
});
