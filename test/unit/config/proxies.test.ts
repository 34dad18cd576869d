import { describe, expect, test } from 'vitest';
import { type Environment, loadConfig, loadTemporalConfig } from '../../../src/config/index.ts';
import { maskKnown } from '../../../src/process/masking.ts';
import { configErrorOf, printed } from '../../support/config-problems.ts';

const PROXY = 'http://proxy.example:3128';

function wayTo(url: string, env: Environment): string | null {
  return loadConfig(env).proxyFor?.(new URL(url))?.address ?? null;
}

test.each([
  [{}, null],
  [{ HTTPS_PROXY: PROXY }, 'proxy.example:3128'],
  [{ https_proxy: PROXY }, 'proxy.example:3128'],
  [{ https_proxy: 'http://small.example:1', HTTPS_PROXY: PROXY }, 'small.example:1'],
  [{ ALL_PROXY: PROXY }, 'proxy.example:3128'],
  [{ HTTPS_PROXY: PROXY, ALL_PROXY: 'socks5://socks.example:1080' }, 'proxy.example:3128'],
  [{ HTTP_PROXY: PROXY }, null],
  [{ HTTPS_PROXY: 'proxy.example:3128' }, 'proxy.example:3128'],
  [{ HTTPS_PROXY: 'https://proxy.example' }, 'proxy.example:443'],
  [{ HTTPS_PROXY: '"http://proxy.example/"\r\n' }, 'proxy.example:80'],
  [{ HTTPS_PROXY: '' }, null],
])('a service by https is called, under %j, through %s', (env, address) => {
  expect(wayTo('https://api.example.com', env)).toBe(address);
});

test.each([
  'http://localhost:1',
  'http://127.0.0.1:1',
  'http://127.9.9.9',
  'http://[::1]:1',
  'https://localhost',
  'http://x.localhost',
])('%s is this machine, so no proxy is used for it', (url) => {
  expect(wayTo(url, { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, ALL_PROXY: PROXY })).toBeNull();
});

describe('NO_PROXY', () => {
  test.each([
    ['*', 'https://api.example.com', true],
    ['example.com', 'https://example.com', true],
    ['example.com', 'https://api.example.com', true],
    ['.example.com', 'https://api.example.com', true],
    ['*.example.com', 'https://API.Example.com', true],
    ['example.com', 'https://notexample.com', false],
    ['other.org, example.com', 'https://example.com', true],
    ['other.org example.com', 'https://example.com', true],
    ['example.com:443', 'https://example.com', true],
    ['example.com:8443', 'https://example.com', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/8', 'https://10.example.com', false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['fd00::/8', 'https://[fd12::1]', true],
    ['[fd12::1]', 'https://[fd12::1]', true],
    ['fd12::1', 'https://[fd12::1]', true],
    ['"example.com"', 'https://example.com', true],
    ['https://example.com/', 'https://example.com', true],
    ['"example.com', 'https://example.com', true],
    ['10.0.0.0/8/', 'https://10.1.2.3', true],
    ['nonsense/99,/,:,[', 'https://example.com', false],
  ])('%s leaves the proxy out for %s: %s', (noProxy, url, isPast) => {
    expect(wayTo(url, { HTTPS_PROXY: PROXY, NO_PROXY: noProxy })).toBe(isPast ? null : 'proxy.example:3128');
  });
});

describe('Temporal', () => {
  const proxied = (env: Environment): unknown => loadTemporalConfig(env).connectionOptions?.proxy?.targetHost ?? null;
  const remote = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_API_KEY: 'a-key-that-is-made-up' };

  test.each([
    [{ ...remote, HTTPS_PROXY: PROXY }, 'proxy.example:3128'],
    [{ ...remote, ALL_PROXY: PROXY }, 'proxy.example:3128'],
    [{ ...remote, HTTPS_PROXY: PROXY, NO_PROXY: 'temporal.example:7233' }, null],
    [{ ...remote, HTTPS_PROXY: PROXY, grpc_proxy: 'http://grpc.example:1' }, 'grpc.example:1'],
    [{ TEMPORAL_ADDRESS: 'temporal.example:7233', HTTPS_PROXY: PROXY }, null],
    [{ TEMPORAL_ADDRESS: 'temporal.example:7233', grpc_proxy: PROXY }, 'proxy.example:3128'],
    [{ HTTPS_PROXY: PROXY, grpc_proxy: PROXY }, null],
    [{ ...remote, TEMPORAL_ADDRESS: '127.0.0.1:7233', HTTPS_PROXY: PROXY, grpc_proxy: PROXY }, null],
  ])('is reached, under %j, through %s', (env, address) => {
    expect(proxied(env)).toBe(address);
  });

  test('gets user and password, which are not printed', () => {
    const { connectionOptions } = loadTemporalConfig({
      ...remote,
      HTTPS_PROXY: 'http://someone:p%25ss-w0rd-9@proxy.example:3128',
    });
    const basicAuth = { username: 'someone', password: 'p%ss-w0rd-9' };
    expect(connectionOptions?.proxy).toEqual({ type: 'http-connect', targetHost: 'proxy.example:3128', basicAuth });
    expect([printed(connectionOptions)].join()).not.toContain('w0rd');
  });

  test.each(['https://proxy.example', 'http://us:er%3A@proxy.example:1'])(
    'cannot be reached through %s, and this is reported',
    (proxy) => {
      const { problems } = configErrorOf(() => loadTemporalConfig({ ...remote, HTTPS_PROXY: proxy }));
      expect(problems.map(({ variable }) => variable)).toEqual(['HTTPS_PROXY']);
    },
  );
});

describe('I2: a proxy that cannot be used is refused by name, and its password is shown nowhere', () => {
  const account = { DOCSWRITE_TOKEN: 'dw_live_made-up-0123456789' };

  test.each([
    'socks5://someone:S3CR3T-pass@proxy.example:1080',
    'ftp://someone:S3CR3T-pass@proxy.example',
    'http://someone:S3CR3T-pass%zz@proxy.example',
    'http://someone:S3CR3T-pass@',
    'http://someone:S3CR3T-pass@pro xy',
    '"http://someone:S3CR3T-pass@proxy.example',
    `'"http://someone:S3CR3T-pass@proxy.example"'`,
    'http://some/one:S3CR3T-pass@proxy.example',
  ])('%s', (proxy) => {
    const error = configErrorOf(() => loadConfig({ ...account, HTTPS_PROXY: proxy }));
    expect(error.problems.map(({ variable }) => variable)).toEqual(['HTTPS_PROXY']);
    expect(printed(error)).not.toContain('S3CR3T');
    expect(maskKnown(`cannot connect to ${proxy}`)).not.toContain('S3CR3T');
  });

  test('a wrong proxy does not matter if all services are on this machine or need no proxy', () => {
    const wrong = { ...account, HTTPS_PROXY: 'socks5://x' };
    expect(loadConfig({ ...wrong, DOCSWRITE_BASE_URL: 'http://localhost:1' }).accounts).toHaveLength(1);
    expect(loadConfig({ ...wrong, NO_PROXY: '*' }).accounts).toHaveLength(1);
  });

  test.each([
    'http://someone:S3CR3T-pass@proxy.example:1',
    'http://S3CR3T-key-only@proxy.example:1',
    'http://someone:S3CR3T%2Dpass@proxy.example:1',
  ])('%s is masked in each form: as it is, its parts, and its header', (proxy) => {
    const config = loadConfig({ ...account, HTTPS_PROXY: proxy });
    const { username, password } = new URL(proxy);
    const parts = [username, password].map(decodeURIComponent);
    const header = Buffer.from(parts.join(':')).toString('base64');
    const masked = maskKnown(`to ${proxy} as ${parts.join(' with ')} by ${header}`);
    expect(masked).not.toContain('S3CR3T');
    expect(masked).not.toContain(header);
    expect(printed(config)).not.toContain('S3CR3T');
  });
});
