import { NativeConnection } from '@temporalio/worker';
import { NO_SERVER_HINT, refused } from '../client-library/errors.ts';
import { MAX_SERVER_TEXT, messageOf, refusalOf } from '../client-library/grpc.ts';
import { diagnoseTls, type Reach } from '../client-library/tls-diagnosis.ts';
import { plainText } from '../contract/text.ts';

const CONNECT_MS = 10_000;

/** The server cannot be reached, or refuses the credential. The message says why, and what to do. */
export class UnreachableServerError extends Error {
  override readonly name = 'UnreachableServerError';
}

/** Connects to Temporal. @throws UnreachableServerError, after at most 10 s and a short handshake that finds the reason */
export async function connect(options: Parameters<typeof NativeConnection.connect>[0]): Promise<NativeConnection> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
  });
  try {
    return await Promise.race([NativeConnection.connect(options), tooLong]);
  } catch (error) {
    const where = options?.address ?? 'localhost:7233';
    throw new UnreachableServerError(await whyUnreached(where, error, { ...options }), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** After the connection, the server may still refuse a call of the worker. @returns UnreachableServerError; other errors as they are */
export function refusalAsUnreachable(error: unknown): unknown {
  const refusal = refusalIn(error);
  return refusal === null ? error : new UnreachableServerError(refusalSentence(refusal), { cause: error });
}

async function whyUnreached(where: string, error: unknown, reach: Reach): Promise<string> {
  const refusal = refusalIn(error);
  if (refusal !== null) return refusalSentence(refusal, where);
  const { why, advice } = (await diagnoseTls(reach)) ?? { why: connectFailureOf(error), advice: NO_SERVER_HINT };
  return sentenceOf(`Temporal cannot be reached at ${where}: ${why}`, advice);
}

function refusalSentence(text: string, where?: string): string {
  const { message, hint } = refused(text, { address: where });
  return sentenceOf(message, hint);
}

function sentenceOf(what: string, advice: string): string {
  return `${what}. ${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`;
}

/** The texts of the Rust core for UNAUTHENTICATED and PERMISSION_DENIED, from a connection and from a worker. */
const REFUSAL =
  /(?:does not have (?:valid authentication|permission)|code: (?:Unauthenticated|PermissionDenied))[^"]*(?:"([^"]*)")?/;

/** @returns the server's text if it refused the credential or a permission, perhaps empty; null: the error is another one */
export function refusalIn(error: unknown): string | null {
  const refusal = refusalOf(error);
  if (refusal !== null) return refusal;
  const match = REFUSAL.exec(messageOf(error));
  return match === null ? null : plainText(match[1] ?? '', MAX_SERVER_TEXT);
}

/** @returns the readable cause. The SDK passes on the debug text of its Rust core, which quotes the cause last. */
export function connectFailureOf(error: unknown): string {
  const text = messageOf(error);
  const certificate = /InvalidCertificate\(\w+/.exec(text)?.[0].slice('InvalidCertificate('.length);
  if (certificate !== undefined) return `its certificate is not trusted (${certificate})`;
  return plainText([...text.matchAll(/"([^"]+)"/g)].at(-1)?.[1] ?? text, MAX_SERVER_TEXT);
}
