import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMask, maskJson, maskOf } from '../../../../src/providers/http/mask.ts';

const SECRET = 'dw_live_CANARY+doc/0123=';
const SIGNS = Array.from(SECRET);

describe('I2: a credential is found', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  test.each([
    ['as it is', SECRET],
    ['in other letters', SECRET.toUpperCase()],
    ['split by a control character', 'dw_live_CANARY\u0007+doc/0123='],
    ['split by zero widths', SIGNS.join('\u200b')],
    ['split by invisible tags', SIGNS.join('\u{e0041}')],
    ['split by a colour', 'dw_live_CAN\u001b[31mARY+doc/0123='],
    ['split by a C1 sequence', 'dw_live_CAN\u009b31mARY+doc/0123='],
    ['split by a link of a terminal', 'dw_live_CAN\u001b]8;;https://a.example\u0007ARY+doc/0123='],
    ['split by half a pair', 'dw_live_CAN\ud800ARY+doc/0123='],
    ['broken over lines', 'dw_live_CANARY\r\n  +doc/0123='],
    ['in JSON', 'dw_live_CANARY+doc\\/0123='],
    ['in JSON within JSON', 'dw_live_CANARY\\\\u002bdoc\\\\\\/0123='],
    ['in JSON, split by a line end', 'dw_live_CANARY\\n+doc/0123='],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['URL-encoded in small letters', encodeURIComponent(SECRET).toLowerCase()],
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['URL-encoded throughout', SIGNS.map((sign) => `%${sign.charCodeAt(0).toString(16)}`).join('')],
    ['in HTML', 'dw_live_CANARY&#x2b;doc&#47;0123&#061;'],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
  ])('I2: %s', (_, form) => {
    expect(maskOf(SECRET)(`key ${form} end`)).toBe('key [redacted] end');
  });

  test.each(['', 'u', 'us', 'use', 'user', 'user:', 'Bearer '])('I2: in a base64 that begins with %j', (before) => {
    const mask = maskOf(SECRET);
    for (const after of ['', ':', ':x', ':xy']) {
      for (const form of [
        base64(before + SECRET + after),
        Buffer.from(before + SECRET + after).toString('base64url'),
      ]) {
        const masked = mask(`Basic ${form}.`);
        expect(masked).toContain('[redacted]');
        // The mask also covers at most three bytes on each side.
        expect(masked.length).toBeLessThan(`Basic ${form}.`.length - base64(SECRET).length + 18);
      }
    }
  });

  test('I2: with Latin-1 letters, in any encoding', () => {
    const secret = 'clé-für-größe-0123456789';
    const mask = maskOf(secret);
    for (const form of [
      secret,
      encodeURIComponent(secret),
      base64(secret),
      Buffer.from(secret, 'latin1').toString('base64'),
    ]) {
      expect(mask(form)).toMatch(/^\[redacted\].{0,3}$/);
    }
  });

  test('I2: each time that it occurs, and the text in between is kept', () => {
    expect(maskOf('hunter22')('a hunter22, b HUNTER22; hunter2 hunter2')).toBe(
      'a [redacted], b [redacted]; hunter2 hunter2',
    );
  });

  test('I2: a short one is not searched for in encoded forms, which words may contain by chance', () => {
    expect(maskOf('hunter22')(base64('hunter22'))).toBe(base64('hunter22'));
  });

  test('I2: any text without it stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(maskOf(SECRET)(text)).toBe(text);
      }),
    );
  });

  test('I2: even if any characters split it, no cleaning joins it again', () => {
    // oxlint-disable-next-line no-control-regex -- control characters must split the secret
    const noise = fc.stringMatching(/^[\u0000-\u0020\u007f-\u00a0\u0100-\u2fff]{0,3}$/);
    fc.assert(
      fc.property(fc.array(noise, { minLength: SECRET.length, maxLength: SECRET.length }), (splits) => {
        const text = SIGNS.map((sign, index) => sign + (splits[index] ?? '')).join('');
        expect(maskOf(SECRET)(text).replace(/[^!-~]/g, '')).toBe('[redacted]');
      }),
    );
  });

  test('I2: as a number, as a key and deep within', () => {
    const mask = maskOf('1234567890123456');
    const value = { a: [1_234_567_890_123_456, 5], '1234567890123456': { b: 'is 1234567890123456' } };
    expect(maskJson(value, mask)).toEqual({ a: ['[redacted]', 5], '[redacted]': { b: 'is [redacted]' } });
  });
});

test.each([
  ['escapes', '\\'.repeat(1_000_000)],
  ['escape signs', '\u001b]'.repeat(500_000)],
  ['C1 introducers', '\u009d'.repeat(1_000_000)],
  ['parameters', `\u001b[${'1;'.repeat(500_000)}`],
  ['percent signs', '%25'.repeat(330_000)],
  ['ampersands', '&amp;'.repeat(200_000)],
])('H15: a body of 1 MiB full of %s costs in proportion', (_, text) => {
  const begun = performance.now();
  maskOf(SECRET)(text);
  expect(performance.now() - begun).toBeLessThan(5_000);
});

describe('I2: the mask of many credentials', () => {
  test('finds each of 3 000, in any form, and leaves other texts', () => {
    const { add, mask } = createMask();
    const secrets = Array.from({ length: 3_000 }, (_, nth) => `FAKE-Canary.${nth}+of/many=${nth % 7}`);
    for (const secret of secrets) add(secret);
    for (const secret of [secrets[0], secrets[1_234], secrets[2_999]]) {
      const text = secret ?? '';
      expect(mask(`key ${text} and ${encodeURIComponent(text)} end`)).toBe('key [redacted] and [redacted] end');
      expect(mask(Buffer.from(`user:${text}`).toString('base64'))).toContain('[redacted]');
    }
    expect(mask('key FAKE-Canary.9999 end')).toBe('key FAKE-Canary.9999 end');
  });

  test('covers credentials that overlap, or are a part of another', () => {
    const { add, mask } = createMask();
    for (const secret of ['canary-one', 'canary-one-and-more', 'more-canaries-come']) add(secret);
    expect(mask('x canary-one-and-more-canaries-come y')).toBe('x [redacted] y');
    expect(mask('x canary-one y')).toBe('x [redacted] y');
  });

  test('masks as the mask of one credential does', () => {
    const part = fc.oneof(fc.constant(SECRET), fc.constant('\\u002b'), fc.constant('%'), fc.string({ unit: 'binary' }));
    const secret = fc.oneof(
      fc.constant(SECRET),
      fc
        .string({ minLength: 8, maxLength: 40 })
        .filter((text) => text.trim() === text && /^[\u0021-\u007e]+$/.test(text)),
    );
    fc.assert(
      fc.property(secret, fc.array(part, { maxLength: 6 }), (credential, parts) => {
        const { add, mask } = createMask();
        add(credential);
        const text = [...parts, credential, ...parts].join('');
        expect(mask(text)).toBe(maskOf(credential)(text));
      }),
    );
  });
});
