import type { TLSConfig } from '@temporalio/client';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { type ConnectProxy, withPort } from './dial.ts';

/** Why a server cannot be reached, and what to do. Each is a clause for an error message, and has no credential in it. */
export interface Diagnosis {
  why: string;
  advice: string;
}

/** How to reach a server. The SDK's connection options have this shape. */
export interface Reach {
  address?: string;
  tls?: TLSConfig | boolean | null;
  proxy?: ConnectProxy;
}

interface Handshake {
  /** The code of the error that ended it; null: the server sent data, so it accepted our certificate. */
  code: string | null;
  /** Whether we had accepted the server's certificate before the end. */
  isTrusted: boolean;
}

const PROBE_MS = 1_500;
const CLOSED = 'ECONNRESET';

/**
 * Makes a TLS handshake of its own, to find out why a connection fails. The SDK's client hides the reason and retries until its
 * deadline. The SDK's worker reports it in the words of its Rust core.
 * @returns null: TLS is not the reason, or the reason is not known
 */
export async function diagnoseTls({ address = '', tls, proxy }: Reach): Promise<Diagnosis | null> {
  const target = withPort(address);
  const tunnel = proxy && (await tunnelTo(target, proxy));
  if (tunnel !== undefined && 'why' in tunnel) return tunnel;
  const settings = typeof tls === 'object' && tls !== null ? tls : {};
  const handshake = await shakeHands(target, settings, tunnel).catch(() => null); // our own certificates cannot be used
  if (handshake === null) return null;
  if (!tls) return speaksTls(handshake) ? PLAIN : null;
  return diagnosisOf(handshake, settings.clientCertPair !== undefined);
}

const PLAIN: Diagnosis = {
  why: 'it speaks TLS, and this client does not',
  advice: 'set TEMPORAL_TLS=true, TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
};

const NO_TLS: Diagnosis = {
  why: 'it does not speak TLS',
  advice: 'check the port in TEMPORAL_ADDRESS, or leave out TEMPORAL_API_KEY and all of TEMPORAL_TLS',
};

/** The first column matches error codes of Node and OpenSSL. */
const DIAGNOSES: readonly (readonly [RegExp, Diagnosis])[] = [
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
const WRONG_CERTIFICATE: Diagnosis = {
  why: 'it does not take the client certificate',
  advice: 'check that TEMPORAL_TLS_CLIENT_CERT_PATH holds one that has not expired, of an authority that it knows',
};
const NO_CERTIFICATE: Diagnosis = {
  why: 'it wants a client certificate',
  advice: 'set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
};
const CERTIFICATE_ALERT = /ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/;

function diagnosisOf({ code, isTrusted }: Handshake, showsCertificate: boolean): Diagnosis | null {
  if (code === null) return null;
  // Some servers close without an alert if they refuse the client certificate.
  if (CERTIFICATE_ALERT.test(code) || (isTrusted && code === CLOSED))
    return showsCertificate ? WRONG_CERTIFICATE : NO_CERTIFICATE;
  return DIAGNOSES.find(([codes]) => codes.test(code))?.[1] ?? null;
}

function speaksTls(handshake: Handshake): boolean {
  if (handshake.isTrusted || handshake.code === null) return true;
  const diagnosis = diagnosisOf(handshake, false);
  return diagnosis !== null && diagnosis !== NO_TLS;
}

/**
 * Opens a tunnel through a proxy by CONNECT.
 * @param target `host:port`
 * @returns the tunnel, or why there is none
 */
async function tunnelTo(target: string, { targetHost, basicAuth }: ConnectProxy): Promise<Socket | Diagnosis> {
  const { hostname, port } = new URL(`http://${targetHost}`);
  const { username, password } = basicAuth ?? {};
  const credential = Buffer.from(`${username}:${password}`).toString('base64');
  const asking = request({
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: port || 80,
    method: 'CONNECT',
    path: target,
    headers: basicAuth && { 'proxy-authorization': `Basic ${credential}` },
    agent: false,
    signal: AbortSignal.timeout(PROBE_MS),
  });
  asking.on('error', () => undefined); // also when the time is over after the answer
  const advice = 'check HTTPS_PROXY, or name the host of TEMPORAL_ADDRESS in NO_PROXY';
  try {
    const [{ statusCode }, socket] = (await once(asking.end(), 'connect')) as [IncomingMessage, Socket];
    if (statusCode === 200) return socket;
    socket.destroy();
    const why = `the proxy ${targetHost} opens no way to it [http=${statusCode}]`;
    return { why, advice: statusCode === 407 ? 'check the user and password in HTTPS_PROXY' : advice };
  } catch (error) {
    const { code = 'ABORT_ERR' } = error as NodeJS.ErrnoException;
    const reason = code === 'ABORT_ERR' ? 'no answer' : code;
    return { why: `the proxy ${targetHost} cannot be reached (${reason})`, advice };
  }
}

/** @returns null: the server sends nothing @throws an error about our own certificates */
function shakeHands(target: string, tls: TLSConfig, tunnel: Socket | undefined): Promise<Handshake | null> {
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
  const { serverNameOverride, serverRootCACertificate: ca, clientCertPair } = tls;
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port),
      socket: tunnel,
      ALPNProtocols: ['h2'],
      servername: serverNameOverride ?? (isIP(host) === 0 ? host : undefined),
      ca: ca && Buffer.from(ca),
      cert: clientCertPair && Buffer.from(clientCertPair.crt),
      key: clientCertPair && Buffer.from(clientCertPair.key),
    });
    let isTrusted = false;
    const finish = (handshake: Handshake | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(handshake);
    };
    const timer = setTimeout(() => finish(null), PROBE_MS);
    socket.once('secureConnect', () => (isTrusted = true));
    // An HTTP/2 server sends first. With TLS 1.3, only this data shows that it has accepted our certificate.
    socket.once('data', () => finish({ code: null, isTrusted }));
    socket.once('end', () => finish({ code: CLOSED, isTrusted }));
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => finish({ code, isTrusted }));
  });
}
