/** The one place that says how a pasted value is read: as it was meant, or not at all. */

// Blanks and line ends of any kind, byte order marks, and what cannot be seen.
const AROUND = /^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu;

const QUOTES = ['""', "''", '``', '“”', '„“', '‘’', '‚‘', '«»'];

/** @returns the value without the blanks and the one pair of quotation marks around it: `docker run --env-file` keeps both */
export function asMeant(text: string): string {
  const bare = text.replace(AROUND, '');
  const isQuoted = bare.length > 1 && QUOTES.includes(bare.charAt(0) + bare.charAt(bare.length - 1));
  return isQuoted ? bare.slice(1, -1).replace(AROUND, '') : bare;
}

const LONE_QUOTE = 'begins or ends with a quotation mark that has no partner';

/** @returns what is wrong with a value that was cut out of its quotation marks, or has several around it; null: nothing */
export function quoteProblem(meant: string): string | null {
  return /^["'`]|["'`]$/.test(meant) ? LONE_QUOTE : null;
}

export type CredentialRead =
  | { readonly token: string; readonly problem: null }
  | { readonly token: null; readonly problem: string };

/**
 * Reads a credential that goes into an HTTP header.
 * @param isSchemeOurs we write the scheme in front of it ourselves, so a pasted `Bearer ` or `Token ` goes; else it is a part of the credential
 */
export function credentialIn(text: string, isSchemeOurs: boolean): CredentialRead {
  const meant = asMeant(text);
  const token = isSchemeOurs ? asMeant(meant.replace(/^(bearer|token)\s+/i, '')) : meant;
  const problem = credentialProblem(token, isSchemeOurs);
  return problem === null ? { token, problem } : { token: null, problem };
}

/** As `credentialIn`, for a header of gRPC, which takes ASCII alone. */
export function grpcCredentialIn(text: string, isSchemeOurs: boolean): CredentialRead {
  const read = credentialIn(text, isSchemeOurs);
  return read.problem === null && !isGrpcHeader(read.token)
    ? { token: null, problem: 'holds characters that are not ASCII' }
    : read;
}

/** The SDK would quote any other value in its error. */
export function isGrpcHeader(value: string): boolean {
  return /^[\u0020-\u007e]*$/.test(value);
}

function credentialProblem(token: string, isSchemeOurs: boolean): string | null {
  if (token === '') return 'is empty';
  if (/[^\u0020-\u007e\u00a0-\u00ff]/.test(token)) return 'holds line breaks, control or non-Latin characters';
  if (quoteProblem(token) !== null) return LONE_QUOTE;
  if (/[\u00a0\u00ad]/.test(token) || (isSchemeOurs && token.includes(' '))) return 'holds a blank';
  return null;
}
