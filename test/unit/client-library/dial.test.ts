import { expect, test } from 'vitest';
import { createJobTracker } from '../../../src/client.ts';
import { checkedCredentials } from '../../../src/client-library/dial.ts';

const KEY = 'a-key-that-is-made-up';

test('line ends, quotation marks and the scheme of a key are removed from the credentials of a tracker', () => {
  expect(checkedCredentials({ apiKey: `"Bearer ${KEY}"\r\n`, metadata: { authorization: `Bearer ${KEY}\n` } })).toEqual(
    {
      apiKey: KEY,
      metadata: { authorization: `Bearer ${KEY}` },
    },
  );
  const { apiKey } = checkedCredentials({ apiKey: () => `${KEY}\n` });
  expect(typeof apiKey === 'function' && apiKey()).toBe(KEY);
  const bytes = Buffer.from('x');
  expect(checkedCredentials({ metadata: { 'a-bin': bytes, b: '' } })).toEqual({ metadata: { 'a-bin': bytes, b: '' } });
});

test.each([
  ['apiKey holds line breaks, control or non-Latin characters', { apiKey: `${KEY}\n${KEY}` }],
  ['apiKey holds characters that are not ASCII', { apiKey: `${KEY}é` }],
  [
    'metadata.authorization holds line breaks, control or non-ASCII characters',
    { metadata: { authorization: `Bearer ${KEY}\n${KEY}` } },
  ],
])(
  'I2: a credential that no header can hold is refused by the name of the option, and not quoted: %s',
  (message, options) => {
    const make = (): unknown => createJobTracker({ address: '127.0.0.1:1', ...options });
    expect(make).toThrow(new TypeError(message));
  },
);
