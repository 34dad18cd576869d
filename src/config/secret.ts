import type { Secret } from './account.ts';
import { FILE_BYTES, type FileRead, readFile, readFileNow } from './file.ts';
import { know } from './known-secrets.ts';
import { credentialIn, type CredentialRead, unquoted } from './pasted.ts';

export const REDACTED = '[redacted]';

/** Wraps a credential. It prints, serialises and inspects as `[redacted]`; only `reveal` returns it. */
export function secretOf(reveal: Secret['reveal'], trouble: Secret['trouble'] = () => null): Secret {
  const redacted = (): string => REDACTED;
  const hidden = { toString: redacted, toJSON: redacted, [Symbol.for('nodejs.util.inspect.custom')]: redacted };
  return { reveal, trouble, ...hidden };
}

/** Less than the timeouts of a call, so that the call can still be made with the last good credential. */
const READ_MS = 2_000;

/** A file with a credential. */
export interface TokenFile {
  readonly path: string;
  /** The variable or account that names the file, for messages. Never the path. */
  readonly owner: string;
  /** See `credentialIn`. */
  readonly addsScheme: boolean;
  /** The credential at the start; null: none that can be used. */
  readonly first: string | null;
}

/**
 * A credential in a file. Each `reveal` reads the file again; calls at the same time share one read. If the file cannot be read or has no
 * valid credential, `reveal` returns the last good one, and `trouble` has the reason.
 * @throws Error from `reveal`, with the owner, if there is no good credential yet
 */
export function secretInFile(file: TokenFile): Secret {
  let good = file.first;
  let trouble: string | null = null;
  let reading: Promise<string> | null = null;
  const read = async (): Promise<string> => {
    const { token, problem } = tokenIn(await readFile(file.path, FILE_BYTES.credential, READ_MS), file.addsScheme);
    if (token !== null) good = token;
    // The error has no cause, because the system's error quotes the path.
    trouble = problem === null ? null : `${file.owner}: ${problem}`;
    if (good === null) throw new Error(trouble ?? '');
    return good;
  };
  const reveal = (): Promise<string> => (reading ??= read().finally(() => (reading = null)));
  return secretOf(reveal, () => trouble);
}

/** `isAbsent`: the file is missing or empty. */
type TokenRead = CredentialRead & { readonly isAbsent: boolean };

/** Reads a credential in a file and blocks. Only for the start. */
export function readToken(path: string, addsScheme: boolean): TokenRead {
  const file = readFileNow(path, FILE_BYTES.credential);
  const isAbsent = file.text === null ? file.code === 'ENOENT' : unquoted(file.text) === '';
  return { ...tokenIn(file, addsScheme), isAbsent };
}

function tokenIn(file: FileRead, addsScheme: boolean): CredentialRead {
  if (file.text === null) return { token: null, problem: file.problem };
  const read = credentialIn(file.text, addsScheme);
  if (read.problem === null) know(read.token);
  return read.problem === null
    ? read
    : { token: null, problem: `names a file whose content ${read.problem}: write the credential alone into it` };
}
