import type { Secret } from './account.ts';
import type { FileRead } from './file.ts';
import { FILE_BYTES, readFile, readFileNow } from './file.ts';
import { know } from './known-secrets.ts';
import type { CredentialRead } from './pasted.ts';
import { asMeant, credentialIn } from './pasted.ts';

export const REDACTED = '[redacted]';

/** Wraps a credential: whoever prints, serialises or inspects it gets `[redacted]`; only `reveal` tells it. */
export function secretOf(reveal: Secret['reveal'], trouble: Secret['trouble'] = () => null): Secret {
  const redacted = (): string => REDACTED;
  const hidden = { toString: redacted, toJSON: redacted, [Symbol.for('nodejs.util.inspect.custom')]: redacted };
  return { reveal, trouble, ...hidden };
}

/** Below the time limits of a call, so that a call is answered with the last good credential. */
const READ_MS = 2_000;

export interface TokenFile {
  readonly path: string;
  /** What names the file: a variable or an account, never the path. */
  readonly owner: string;
  readonly isSchemeOurs: boolean;
  /** What it held at the start; null: nothing usable. */
  readonly first: string | null;
}

/**
 * A credential in a file, read again at each `reveal`, by several at once only once. While the file cannot be read or holds no usable
 * credential, the last good one stays, and `trouble` says why.
 * @throws Error from `reveal`, naming the owner, if there was no good one yet
 */
export function secretInFile(file: TokenFile): Secret {
  let good = file.first;
  let trouble: string | null = null;
  let reading: Promise<string> | null = null;
  const read = async (): Promise<string> => {
    const { token, problem } = tokenIn(await readFile(file.path, FILE_BYTES.credential, READ_MS), file.isSchemeOurs);
    if (token !== null) good = token;
    // No cause: the system's error would quote the path.
    trouble = problem === null ? null : `${file.owner}: ${problem}`;
    if (good === null) throw new Error(trouble ?? '');
    return good;
  };
  const reveal = (): Promise<string> => (reading ??= read().finally(() => (reading = null)));
  return secretOf(reveal, () => trouble);
}

/** `isAbsent`: there is no such file, or nothing in it. */
type TokenRead = CredentialRead & { readonly isAbsent: boolean };

/** Reads a credential in a file at once, for the start. */
export function readToken(path: string, isSchemeOurs: boolean): TokenRead {
  const file = readFileNow(path, FILE_BYTES.credential);
  const isAbsent = file.text === null ? file.code === 'ENOENT' : asMeant(file.text) === '';
  return { ...tokenIn(file, isSchemeOurs), isAbsent };
}

function tokenIn(file: FileRead, isSchemeOurs: boolean): CredentialRead {
  if (file.text === null) return { token: null, problem: file.problem };
  const read = credentialIn(file.text, isSchemeOurs);
  if (read.problem === null) know(read.token);
  return read.problem === null
    ? read
    : { token: null, problem: `names a file whose content ${read.problem}: write the credential alone into it` };
}
