import * as fc from 'fast-check';

/** Any sequence of UTF-16 units: half surrogates, control characters, direction marks, escape sequences, long texts. */
export const oddText = fc.oneof(
  { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 40 },
  { arbitrary: fc.array(unit(), { maxLength: 40 }).map((units) => String.fromCharCode(...units)), weight: 40 },
  { arbitrary: fc.constantFrom('\ud800', '\udfff\ud800', '\u0000', '\u001b]0;title\u0007', '\u202e'), weight: 10 },
  { arbitrary: fc.constantFrom('__proto__', 'constructor', 'then', 'toJSON'), weight: 10 },
  { arbitrary: fc.tuple(fc.string({ unit: 'binary' }), fc.nat(300)).map(([text, n]) => text.repeat(n)), weight: 1 },
);

/** Half surrogates are as frequent as all other characters. */
function unit(): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: 0, max: 0xff_ff }), fc.integer({ min: 0xd8_00, max: 0xdf_ff }));
}

const anything = fc.anything({ key: oddText, values: [oddText, fc.double(), fc.boolean()], maxDepth: 3, maxKeys: 4 });

/** Any JSON with odd texts and keys. */
export const oddJson: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: oddText, weight: 50 },
  { arbitrary: anything, weight: 50 },
  { arbitrary: fc.nat(4_000).map((levels) => nested(levels)), weight: 1 },
);

export function nested(levels: number): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { '\ud800': value };
  return value;
}

/** A record with many keys, or a long text. */
export const bigJson: fc.Arbitrary<unknown> = fc.oneof(
  fc
    .integer({ min: 10_000, max: 60_000 })
    .map((n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`key\ud800${i}`, 1]))),
  fc.integer({ min: 100_000, max: 1_000_000 }).map((n) => '\udc00'.repeat(n / 3)),
);

/** An object with these fields, whose values may be odd, or anything else. */
export function nearly(
  fields: Record<string, fc.Arbitrary<unknown>>,
  common: fc.Arbitrary<unknown> = oddJson,
): fc.Arbitrary<unknown> {
  const odd = Object.fromEntries(Object.entries(fields).map(([name, right]) => [name, fc.oneof(right, common)]));
  const record = fc.record(odd, { requiredKeys: [] });
  const more = fc.dictionary(oddText, common, { maxKeys: 3 });
  return fc.oneof(
    { arbitrary: fc.tuple(record, more).map(([one, other]) => ({ ...other, ...one })), weight: 6 },
    { arbitrary: common, weight: 1 },
  );
}
