/** Reads pasted values. What people paste by mistake around a value is removed; a value that stays unclear is refused. */

// White space, control characters, byte order marks and other invisible characters.
const AROUND = /^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu;

const QUOTES = ['""', "''", '``', '“”', '„“', '‘’', '‚‘', '«»'];

/** @returns the value without white space and one pair of quotation marks around it, both of which `docker run --env-file` keeps */
export function unquoted(text: string): string {
  const bare = text.replace(AROUND, '');
  const isQuoted = bare.length > 1 && QUOTES.includes(bare.charAt(0) + bare.charAt(bare.length - 1));
  return isQuoted ? bare.slice(1, -1).replace(AROUND, '') : bare;
}

const LONE_QUOTE = 'begins or ends with a quotation mark that has no partner';

/** @returns the problem of a value that begins or ends with a quotation mark; null: none */
export function quoteProblem(meant: string): string | null {
  return /^["'`]|["'`]$/.test(meant) ? LONE_QUOTE : null;
}

/** The credential, or the problem of the value as the end of a sentence. */
export type CredentialRead =
  | { readonly token: string; readonly problem: null }
  | { readonly token: null; readonly problem: string };

/**
 * Reads a credential for an HTTP header.
 * @param addsScheme the code adds the scheme itself, so a pasted `Bearer ` or `Token ` is removed; otherwise it belongs to the credential
 */
export function credentialIn(text: string, addsScheme: boolean): CredentialRead {
  const meant = unquoted(text);
  const token = addsScheme ? unquoted(meant.replace(/^(bearer|token)\s+/i, '')) : meant;
  const problem = credentialProblem(token, addsScheme);
  return problem === null ? { token, problem } : { token: null, problem };
}

/** As `credentialIn`, for a gRPC header, which allows only ASCII. */
export function grpcCredentialIn(text: string, addsScheme: boolean): CredentialRead {
  const read = credentialIn(text, addsScheme);
  return read.problem === null && !isGrpcHeader(read.token)
    ? { token: null, problem: 'holds characters that are not ASCII' }
    : read;
}

/** @returns whether a gRPC header can hold this value. The SDK would quote a wrong value in its error. */
export function isGrpcHeader(value: string): boolean {
  return /^[\u0020-\u007e]*$/.test(value);
}

function credentialProblem(token: string, addsScheme: boolean): string | null {
  if (token === '') return 'is empty';
  if (/[^\u0020-\u007e\u00a0-\u00ff]/.test(token)) return 'holds line breaks, control or non-Latin characters';
  if (quoteProblem(token) !== null) return LONE_QUOTE;
  if (/[\u00a0\u00ad]/.test(token) || (addsScheme && token.includes(' '))) return 'holds a blank';
  return null;
}
