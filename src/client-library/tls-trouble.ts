import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { connect } from 'node:tls';
import type { ConnectProxy } from './dial.ts';
import { withPort } from './dial.ts';
import { openTunnel, TunnelRefusedError } from './tunnel.ts';

/** Why a server cannot be reached, and what to do: a clause each, of which neither holds a credential. */
export interface Trouble {
  why: string;
  advice: string;
}

/** How a server is to be reached; the SDK's connection options fit. */
export interface Reach {
  address?: string;
  tls?: Tls | boolean | null;
  proxy?: ConnectProxy;
}

interface Tls {
  serverNameOverride?: string;
  serverRootCACertificate?: Uint8Array;
  clientCertPair?: { crt: Uint8Array; key: Uint8Array };
}

interface Handshake {
  /** Of the error that ended it; null: the server has said something, so it has taken all that it was shown. */
  code: string | null;
  /** Whether we had trusted the server by then. */
  isTrusted: boolean;
}

const PROBE_MS = 1_500;
const CLOSED = 'ECONNRESET';

/**
 * Asks by a TLS handshake of its own why no connection comes about: the SDK's client for callers hides it and tries until its time is
 * over, that for workers tells it in the words of its core.
 * @returns null: TLS is not to blame, or nothing is known
 */
export async function tlsTroubleOf({ address = '', tls, proxy }: Reach): Promise<Trouble | null> {
  const target = withPort(address);
  const way: Way = proxy === undefined ? {} : await tunnelTo(target, proxy);
  if (way.trouble !== undefined) return way.trouble;
  const handshake = await shakeHands(
    { ...phaseOffsetOf(target), ...way },
    typeof tls === 'object' && tls !== null ? tls : {},
  );
  if (handshake === null) return null;
  if (!tls) return speaksTls(handshake) ? PLAIN : null;
  return troubleOf(handshake, typeof tls === 'object' && tls.clientCertPair !== undefined);
}

const PLAIN: Trouble = {
  why: 'it speaks TLS, and this client does not',
  advice: 'set TEMPORAL_TLS=true, TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
};

const NO_TLS: Trouble = {
  why: 'it does not speak TLS',
  advice: 'check the port in TEMPORAL_ADDRESS, or leave out TEMPORAL_API_KEY and all of TEMPORAL_TLS',
};

/** By the codes of Node and OpenSSL. */
const TROUBLES: readonly (readonly [RegExp, Trouble])[] = [
  [
    /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED|CERT_SIGNATURE_)/,
    {
      why: 'its certificate is of no authority that is trusted here',
      advice: 'set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the certificate of the authority that issued it',
    },
  ],
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)/,
    { why: 'its certificate is not valid today', advice: "renew it, or set this machine's clock right" },
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID|UNRECOGNIZED_NAME/,
    {
      why: 'its certificate is for another name',
      advice: 'check TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME to the name in the certificate',
    },
  ],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE/, NO_TLS],
];
const WRONG_CERTIFICATE: Trouble = {
  why: 'it does not take the client certificate',
  advice: 'check that TEMPORAL_TLS_CLIENT_CERT_PATH holds one that has not expired, of an authority that it knows',
};
const NO_CERTIFICATE: Trouble = {
  why: 'it wants a client certificate',
  advice: 'set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
};
const CERTIFICATE_ALERT = /ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/;

function troubleOf({ code, isTrusted }: Handshake, showsCertificate: boolean): Trouble | null {
  if (code === null) return null;
  // Some servers close without an alert when they do not like what they were shown.
  if (CERTIFICATE_ALERT.test(code) || (isTrusted && code === CLOSED))
    return showsCertificate ? WRONG_CERTIFICATE : NO_CERTIFICATE;
  return TROUBLES.find(([codes]) => codes.test(code))?.[1] ?? null;
}

function speaksTls(handshake: Handshake): boolean {
  if (handshake.isTrusted || handshake.code === null) return true;
  const trouble = troubleOf(handshake, false);
  return trouble !== null && trouble !== NO_TLS;
}

interface Place {
  host: string;
  port: number;
}

function phaseOffsetOf(target: string): Place {
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
  return { host, port: Number(port) };
}

interface Way {
  socket?: Socket;
  trouble?: Trouble;
}

async function tunnelTo(target: string, proxy: ConnectProxy): Promise<Way> {
  try {
    return { socket: await openTunnel(proxy, target, AbortSignal.timeout(PROBE_MS)) };
  } catch (error) {
    const advice = 'check HTTPS_PROXY, or name the host of TEMPORAL_ADDRESS in NO_PROXY';
    if (error instanceof TunnelRefusedError) {
      const why = `the proxy ${proxy.targetHost} opens no way to it [http=${error.status}]`;
      return { trouble: { why, advice: error.status === 407 ? 'check the user and password in HTTPS_PROXY' : advice } };
    }
    const { code = 'no answer' } = error as NodeJS.ErrnoException;
    return {
      trouble: {
        why: `the proxy ${proxy.targetHost} cannot be reached (${code === 'ABORT_ERR' ? 'no answer' : code})`,
        advice,
      },
    };
  }
}

/** @returns null: the server is silent, or the certificates of our own are unusable */
async function shakeHands({ host, port, socket }: Place & { socket?: Socket }, tls: Tls): Promise<Handshake | null> {
  const servername = tls.serverNameOverride ?? (isIP(host) === 0 ? host : undefined);
  return attempt({
    host,
    port,
    ...(socket === undefined ? {} : { socket }),
    ALPNProtocols: ['h2'],
    ...(servername === undefined ? {} : { servername }),
    ...(tls.serverRootCACertificate === undefined ? {} : { ca: Buffer.from(tls.serverRootCACertificate) }),
    ...(tls.clientCertPair === undefined
      ? {}
      : { cert: Buffer.from(tls.clientCertPair.crt), key: Buffer.from(tls.clientCertPair.key) }),
  }).catch(() => null);
}

function attempt(options: ConnectionOptions): Promise<Handshake | null> {
  return new Promise((resolve) => {
    const socket = connect(options);
    let isTrusted = false;
    const finish = (handshake: Handshake | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(handshake);
    };
    const timer = setTimeout(() => finish(null), PROBE_MS);
    socket.once('secureConnect', () => (isTrusted = true));
    // A server of HTTP/2 speaks first; with TLS 1.3 only that says that it has taken our certificate.
    socket.once('data', () => finish({ code: null, isTrusted }));
    socket.once('end', () => finish({ code: CLOSED, isTrusted }));
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => finish({ code, isTrusted }));
  });
}
