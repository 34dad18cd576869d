import { BlockList, isIP } from 'node:net';

/**
 * Reads `NO_PROXY` as curl and Go do: hosts with their subdomains, addresses, networks (`10.0.0.0/8`), and `*` for all. Hosts and
 * addresses may have a port.
 * @returns whether connections to a URL use no proxy
 */
export function noProxyRule(text: string): (url: URL) => boolean {
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
