import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cancelAskOf } from '../../../src/contract/cancel.ts';
import { clip, plainText } from '../../../src/contract/text.ts';

/** Any sequence of UTF-16 units, with half surrogates, control characters and direction marks. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0xff_ff }), fc.integer({ min: 0xd8_00, max: 0xdf_ff })))
    .map((units) => String.fromCharCode(...units)),
);
const isWellFormed = (text: string): boolean => Buffer.from(text, 'utf8').toString('utf8') === text;
// oxlint-disable-next-line no-control-regex -- the pattern must match control characters
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;

test('any text becomes well-formed, on one line, without control characters, within its bound', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 50 }), (text, max) => {
      const plain = plainText(text, max);
      expect([isWellFormed(plain), UNFIT.test(plain), plain.length <= max]).toEqual([true, false, true]);
      expect(plainText(plain, max)).toBe(plain);
    }),
  );
});

test.each([
  ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
  ['a whole pair', 'a\ud83d\ude00b', 'a\ud83d\ude00b'],
  ['line ends and tabs', ' a\r\nb\tc ', 'a b c'],
  ['control characters', 'a\u0007b\u0085\u001b', 'ab'],
  ['a colour', 'a\u001b[1;31mred\u001b[0m \u009b38:2::1:2:3mb', 'ared b'],
  ['a move of the cursor', 'a\u001b[2J\u001b[?1049hb\u001bcd\u001b(0e', 'abde'],
  ['a title of the window', 'a\u001b]0;PWNED now\u0007b\u009d2;x\u009cc', 'abc'],
  ['a link', '\u001b]8;;https://x.example/?a=1\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['a string for the device', 'a\u001bP1$r x\u001b\\b\u001b_G x\u001b\\c\u001b^p\u001b\\', 'abc'],
  ['the beginning of an escape sequence', 'a\u001b]0;unended', 'a0;unended'],
  ['direction marks and invisible characters', 'a\u202eb\u200bc\ufeffd', 'abcd'],
])('%s in a foreign text', (_, text, plain) => {
  expect(plainText(text, 100)).toBe(plain);
});

test('a text of only opening sequences is made plain very fast', () => {
  const sinceMs = performance.now();
  for (const opening of ['\u001b]', '\u009d', '\u001b[', '\u009b1;', '\u001b]\u001b'])
    expect(plainText(opening.repeat(100_000), 500_000)).toMatch(/^[\]1;]*$/);
  expect(performance.now() - sinceMs).toBeLessThan(1_000);
});

test('a cut leaves no half surrogate', () => {
  expect(clip('abc\ud83d\ude00def', 5)).toBe('abc…');
});

test('the texts of a cancel are made plain, and blanks count as no text', () => {
  expect(cancelAskOf('signal', { reason: 'wrong\ud800\ntitle', by: '\u0007', id: 'a' })).toEqual({
    via: 'signal',
    reason: 'wrong\ufffd title',
    by: null,
    id: 'a',
  });
});
