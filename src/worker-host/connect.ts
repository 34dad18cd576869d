import { NativeConnection } from '@temporalio/worker';
import { NO_SERVER_HINT, refused } from '../client-library/errors.ts';
import { MAX_SAID, messageOf, refusalOf } from '../client-library/grpc.ts';
import type { Reach } from '../client-library/tls-trouble.ts';
import { tlsTroubleOf } from '../client-library/tls-trouble.ts';
import { plainText } from '../contract/text.ts';

const CONNECT_MS = 10_000;

/** The server is not there, or refuses the credential. The message says why, and what to do. */
export class UnreachableServerError extends Error {
  override readonly name = 'UnreachableServerError';
}

/** @throws UnreachableServerError within 10 s */
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

/** A connection may come about, and what a worker needs be refused all the same. @returns other errors as they are */
export function refusalAsUnreachable(error: unknown): unknown {
  const said = refusalIn(error);
  return said === null ? error : new UnreachableServerError(refusalSentence(said), { cause: error });
}

async function whyUnreached(where: string, error: unknown, reach: Reach): Promise<string> {
  const said = refusalIn(error);
  if (said !== null) return refusalSentence(said, where);
  const { why, advice } = (await tlsTroubleOf(reach)) ?? { why: connectFailureOf(error), advice: NO_SERVER_HINT };
  return sentenceOf(`Temporal cannot be reached at ${where}: ${why}`, advice);
}

function refusalSentence(said: string, where?: string): string {
  const { message, hint } = refused(said, { address: where });
  return sentenceOf(message, hint);
}

function sentenceOf(what: string, advice: string): string {
  return `${what}. ${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`;
}

/** How the core words the statuses UNAUTHENTICATED and PERMISSION_DENIED: of a connection, and of a worker. */
const REFUSAL =
  /(?:does not have (?:valid authentication|permission)|code: (?:Unauthenticated|PermissionDenied))[^"]*(?:"([^"]*)")?/;

/** @returns what the server said as it refused the credential, which may be nothing; null: it did not */
export function refusalIn(error: unknown): string | null {
  const said = refusalOf(error);
  if (said !== null) return said;
  const match = REFUSAL.exec(messageOf(error));
  return match === null ? null : plainText(match[1] ?? '', MAX_SAID);
}

/** The SDK tells what its core was told, in the words of Rust: the cause, in a person's words, is quoted last in it. */
export function connectFailureOf(error: unknown): string {
  const text = messageOf(error);
  const certificate = /InvalidCertificate\(\w+/.exec(text)?.[0].slice('InvalidCertificate('.length);
  if (certificate !== undefined) return `its certificate is not trusted (${certificate})`;
  return plainText([...text.matchAll(/"([^"]+)"/g)].at(-1)?.[1] ?? text, MAX_SAID);
}
