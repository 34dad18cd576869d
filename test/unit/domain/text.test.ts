import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cancelAskOf } from '../../../src/domain/cancel.ts';
import { clip, plainText } from '../../../src/domain/text.ts';

/** Any sequence of UTF-16 units: half pairs, controls and marks among them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0xff_ff }), fc.integer({ min: 0xd8_00, max: 0xdf_ff })))
    .map((units) => String.fromCharCode(...units)),
);
const isWellFormed = (text: string): boolean => Buffer.from(text, 'utf8').toString('utf8') === text;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
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
  ['control characters', 'a\u0007\u009bb\u001b', 'ab'],
  ['marks that turn the direction, and characters that nobody sees', 'a\u202eb\u200bc\ufeffd', 'abcd'],
])('%s in a foreign text', (_, text, plain) => {
  expect(plainText(text, 100)).toBe(plain);
});

test('a cut leaves no half pair behind', () => {
  expect(clip('abc\ud83d\ude00def', 5)).toBe('abc…');
});

test('what a cancel says is made plain, and blanks say nothing', () => {
  expect(cancelAskOf('signal', { reason: 'wrong\ud800\ntitle', by: '\u0007', id: 'a' })).toEqual({
    via: 'signal',
    reason: 'wrong\ufffd title',
    by: null,
    id: 'a',
  });
});
