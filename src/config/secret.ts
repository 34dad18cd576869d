import { FILE_BYTES, type FileRead, readFile, readFileNow } from './file.ts';
import { know } from './known-secrets.ts';
import { credentialIn, type CredentialRead, unquoted } from './pasted.ts';

/** A credential. It prints as `[redacted]` when it is logged, thrown or serialised. */
export interface Secret {
  /** Reads the value. A file is read again at each call, so a rotated credential needs no restart. */
  readonly reveal: () => string | Promise<string>;
  /** The reason why the last `reveal` gave an older value, such as an unreadable file; null or left out: it gave the current one. */
  readonly trouble?: () => string | null;
  readonly toString: () => string;
  readonly toJSON: () => string;
}

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
interface TokenFile {
  readonly path: string;
  /** The variable or account that names the file, for messages. Never the path. */
  readonly owner: string;
  /** See `credentialIn`. */
  readonly addsScheme: boolean;
}

/** A credential in a file, and the result of its first reading. `isAbsent`: the file is missing or empty. */
interface SecretInFile {
  readonly secret: Secret;
  readonly problem: string | null;
  readonly isAbsent: boolean;
}

/**
 * A credential in a file. It is read once now, and blocks, to find problems at the start. Each `reveal` reads the file again; calls at
 * the same time share one read. If the file cannot be read or has no valid credential, `reveal` returns the last good one, and `trouble`
 * has the reason.
 * @throws Error from `reveal`, with the owner, if there is no good credential yet
 */
export function secretInFile(file: TokenFile): SecretInFile {
  return secretAfter(file, readFileNow(file.path, FILE_BYTES.credential));
}

/** As `secretInFile`, but without blocking. */
export async function secretInFileLater(file: TokenFile): Promise<SecretInFile> {
  return secretAfter(file, await readFile(file.path, FILE_BYTES.credential, READ_MS));
}

/** @param file as it was read first */
function secretAfter({ path, owner, addsScheme }: TokenFile, file: FileRead): SecretInFile {
  const first = tokenIn(file, addsScheme);
  const isAbsent = file.text === null ? file.code === 'ENOENT' : unquoted(file.text) === '';
  let good = first.token;
  let trouble: string | null = null;
  let reading: Promise<string> | null = null;
  const read = async (): Promise<string> => {
    const { token, problem } = tokenIn(await readFile(path, FILE_BYTES.credential, READ_MS), addsScheme);
    if (token !== null) good = token;
    // The error has no cause, because the system's error quotes the path.
    trouble = problem === null ? null : `${owner}: ${problem}`;
    if (good === null) throw new Error(trouble ?? '');
    return good;
  };
  const reveal = (): Promise<string> => (reading ??= read().finally(() => (reading = null)));
  return { secret: secretOf(reveal, () => trouble), problem: first.problem, isAbsent };
}

function tokenIn(file: FileRead, addsScheme: boolean): CredentialRead {
  if (file.text === null) return { token: null, problem: file.problem };
  const read = credentialIn(file.text, addsScheme);
  know(read.token);
  return read.problem === null
    ? read
    : { token: null, problem: `names a file whose content ${read.problem}: write the credential alone into it` };
}
