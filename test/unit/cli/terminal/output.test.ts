import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOutput, type Output } from '../../../../src/cli/terminal/output.ts';
import { aSink } from '../builders.ts';

interface Written {
  output: Output;
  stdout: () => string;
  stderr: () => string;
}

function writing(isJson: boolean, env = {}, terminal = false): Written {
  const [stdout, stderr] = [aSink(), aSink()];
  const size = terminal ? { isTTY: true, columns: 80, rows: 24 } : {};
  const streams = { stdout: { ...stdout, ...size }, stderr: { ...stderr, ...size } };
  return { output: createOutput(streams, isJson, env), stdout: stdout.text, stderr: stderr.text };
}

const PWNED = '\u001b]0;PWNED\u0007\u009b2J\u202ea\u2028b\u0085c';
// oxlint-disable-next-line no-control-regex -- the pattern must match control characters
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

test('no escape sequence of a text reaches a stream, from any method', () => {
  const { output, stdout, stderr } = writing(false);
  output.answer(null, `answer ${PWNED}`);
  output.say(`tell ${PWNED}`);
  output.note(`note ${PWNED}`);
  output.fail({ exitCode: 1, code: 'x', message: `failed ${PWNED}`, hint: `hint ${PWNED}` });
  output.raw.stdout(`out ${PWNED}\n`);
  output.raw.stderr(`err ${PWNED}\n`);
  expect(stdout()).toBe('answer a b c\ntell a b c\nout a b c\n');
  expect(stderr()).toBe('note a b c\nerror: failed a b c\n  hint: hint a b c\nerr a b c\n');
});

test('any text becomes well-formed, without a character that controls a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { output, stdout } = writing(false);
      output.answer(null, text);
      expect(UNSEEN.test(stdout())).toBe(false);
    }),
  );
});

test('a line end in a message forges no hint', () => {
  const { output, stderr } = writing(false);
  output.fail({ exitCode: 1, code: 'x', message: 'it failed\n  hint: run this', hint: null });
  expect(stderr()).toBe('error: it failed\n  |   hint: run this\n');
});

test('layout stays as it is', () => {
  const { output, stdout } = writing(false);
  output.answer(null, 'NAME     N\n──────  ──\n  😀  👩‍👧');
  expect(stdout()).toBe('NAME     N\n──────  ──\n  😀  👩‍👧\n');
});

test('JSON holds the same value, with every character that cannot be seen escaped', () => {
  const value = { [PWNED]: [PWNED, '\ud800', '\u{e0041}', 'ä😀'] };
  const { output, stdout } = writing(true);
  output.answer(value, 'text');
  expect(JSON.parse(stdout())).toEqual(value);
  expect(stdout()).toContain(String.raw`\u001b]0;PWNED\u0007\u009b2J\u202ea\u2028b\u0085c`);
  expect(stdout()).toContain(String.raw`"\ud800","\udb40\udc41","ä😀"`);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const any = writing(true);
      any.output.answer(text, 'text');
      expect([JSON.parse(any.stdout()), UNSEEN.test(any.stdout())]).toEqual([text, false]);
    }),
  );
});

describe('a view is shown', () => {
  test('at a terminal, with its text made plain, and remarks stay', () => {
    const { output, stdout, stderr } = writing(false, { TERM: 'xterm' }, true);
    const live = output.live();
    live?.paint(`at work ${PWNED}`);
    output.note('a remark');
    live?.paint('done');
    live?.end();
    expect(stdout()).toContain('at work a b c');
    expect(stdout()).not.toContain('PWNED');
    expect(stderr()).toBe('a remark\n');
  });

  test.each([
    ['by --json', true, {}, true],
    ['if stdout is no terminal', false, {}, false],
    ['at a dumb terminal', false, { TERM: 'dumb' }, true],
    ['with NO_COLOR', false, { NO_COLOR: '1' }, true],
    ['in CI', false, { CI: 'true' }, true],
  ])('but not %s', (_, isJson, env, terminal) => {
    expect(writing(isJson, env, terminal).output.live()).toBeNull();
  });

  test.each([{ CI: 'false' }, { CI: '' }, { NO_COLOR: '' }])('also with %j, which has no effect', (env) => {
    expect(writing(false, env, true).output.live()).not.toBeNull();
  });
});
