import { BlockList, isIP } from 'node:net';
import { isLoopback, type Proxy } from './proxy.ts';
import { know } from './known-secrets.ts';
import { unquoted } from './pasted.ts';
import { type Environment, valueOf } from './row.ts';

/** How to connect: through a proxy, or directly if it is null. `problem`: what is wrong with the variable. */
interface Route {
  readonly proxy: Proxy | null;
  readonly problem: { readonly variable: string; readonly problem: string } | null;
}

/** Without `http_proxy`: only services on this machine are called by http. */
const PROXY_VARIABLES = ['https_proxy', 'all_proxy', 'grpc_proxy'];

const DIRECT: Route = { proxy: null, problem: null };

/**
 * Reads the proxies of the usual variables, in lower or upper case. Addresses of this machine never use one.
 * @returns null: no variable names a proxy. The problem of a variable is in the routes that need it
 */
export function readProxies(env: Environment) {
  if (PROXY_VARIABLES.every((name) => given(env, name) === null)) return null;
  const https = routeIn(env, ['https_proxy', 'all_proxy']);
  const grpc = routeIn(env, ['grpc_proxy']);
  const isExcluded = noProxyRule(given(env, 'no_proxy')?.value ?? '');
  const routeTo = (url: URL, route: Route): Route => (isLoopback(url.hostname) || isExcluded(url) ? DIRECT : route);
  return {
    forUrl: (url: URL): Route => routeTo(url, https),
    // A server without TLS is rarely behind a proxy. So only `grpc_proxy` counts for it.
    forTemporal: (address: string, isTls: boolean): Route => {
      const route = given(env, 'grpc_proxy') !== null ? grpc : isTls ? https : DIRECT;
      const url = `https://${address}`;
      return URL.canParse(url) ? checkedForTemporal(routeTo(new URL(url), route)) : DIRECT;
    },
  };
}

/** Refuses proxies that Temporal's two clients do not support. */
function checkedForTemporal({ proxy, problem }: Route): Route {
  if (proxy === null) return { proxy, problem };
  const { protocol, username, password } = new URL(proxy.url());
  const isOdd = /[:@]/.test(`${decoded(username)}${decoded(password)}`);
  const why =
    protocol === 'https:'
      ? 'names a proxy by https://, which Temporal cannot be reached through: name one by http://, or Temporal in NO_PROXY'
      : isOdd
        ? 'holds a user or password with : or @, which Temporal cannot be reached with: choose another, or name Temporal in NO_PROXY'
        : null;
  return why === null ? { proxy, problem } : { proxy: null, problem: { variable: proxy.variable, problem: why } };
}

/** The lower-case name wins, as in curl. */
function given(env: Environment, name: string): { variable: string; value: string } | null {
  for (const variable of [name, name.toUpperCase()]) {
    const value = unquoted(valueOf(env, variable) ?? '');
    if (value !== '') return { variable, value };
  }
  return null;
}

function routeIn(env: Environment, names: readonly string[]): Route {
  const [found] = names.flatMap((name) => given(env, name) ?? []);
  if (found === undefined) return DIRECT;
  const { variable, value } = found;
  const url = urlOf(value);
  know(...credentialsOf(value, url));
  const problem = problemOf(url);
  if (url === null || problem !== null) return { proxy: null, problem: { variable, problem: problem ?? '' } };
  const address = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
  return { proxy: { variable, address, url: () => url.href }, problem: null };
}

/** A proxy without a scheme is an HTTP proxy, as in curl. */
function urlOf(text: string): URL | null {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  return URL.canParse(whole) ? new URL(whole) : null;
}

const EXAMPLE = 'such as http://proxy.example:3128';

function problemOf(url: URL | null): string | null {
  // `URL` accepts quotation marks in a host.
  if (url === null || !/^(\[[0-9a-f:.]+\]|[\w.-]+)$/i.test(url.hostname))
    return `must be the URL of an HTTP proxy, ${EXAMPLE}`;
  if (url.protocol.startsWith('socks'))
    return `names a SOCKS proxy, which is not supported: name an HTTP proxy, ${EXAMPLE}`;
  // If / or # in a password is not encoded, it ends the host.
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
    return `must be the URL of an HTTP proxy without a path, ${EXAMPLE}: encode / in a password as %2F, # as %23, ? as %3F`;
  if (!['http:', 'https:'].includes(url.protocol)) return `must be the URL of an HTTP proxy, ${EXAMPLE}`;
  return decoded(url.username) === null || decoded(url.password) === null
    ? 'holds a user or password that is not percent-encoded: encode % as %25'
    : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** @returns user and password in every form in which they are written: in the URL, in its parts, and in the header */
function credentialsOf(text: string, url: URL | null): (string | null)[] {
  const [, userinfo = null] = /^(?:[^@]*:\/\/)?(.*)@/is.exec(text) ?? [];
  if (url === null || (url.username === '' && url.password === '')) return [userinfo];
  const [user, password] = [decoded(url.username), decoded(url.password)];
  const basic = Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64');
  const key = password || user; // some proxies take a key as their user
  return [userinfo, `${url.username}:${url.password}`, url.password || url.username, key, basic].filter(Boolean);
}

/**
 * Reads `NO_PROXY` as curl and Go do: hosts with their subdomains, addresses, networks (`10.0.0.0/8`), and `*` for all. Hosts and
 * addresses may have a port.
 * @returns whether connections to a URL use no proxy
 */
function noProxyRule(text: string): (url: URL) => boolean {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .map(bare)
    .filter((entry) => entry !== '');
  const rules = entries.map(ruleOf);
  return (url) => {
    const host = url.hostname.toLowerCase().replaceAll(/[[\]]/g, '').replace(/\.$/, '');
    const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
    return rules.some((matches) => matches(host, port));
  };
}

/** People write a URL instead of a host, or copy the list with a quotation mark. */
function bare(entry: string): string {
  return entry
    .replaceAll(/^["'`]+|["'`]+$/g, '')
    .replace(/^[a-z]+:\/\//, '')
    .replace(/\/+$/, '');
}

type Rule = (host: string, port: number) => boolean;

function ruleOf(entry: string): Rule {
  if (entry === '*') return () => true;
  const network = networkOf(entry);
  if (network !== null) return (host) => isIP(host) !== 0 && network.check(host, familyOf(host));
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  const name = (bracketed ?? plain ?? entry).replace(/^\*?\./, '').replace(/\.$/, '');
  return (host, asked) =>
    (port === undefined || Number(port) === asked) &&
    (host === name || (isIP(name) === 0 && host.endsWith(`.${name}`)));
}

function networkOf(entry: string): BlockList | null {
  const [, address = '', bits] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  const max = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || Number(bits) > max) return null;
  const network = new BlockList();
  network.addSubnet(address, Number(bits), familyOf(address));
  return network;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
