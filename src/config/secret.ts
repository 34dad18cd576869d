import { readFileSync } from 'node:fs';
import type { Secret } from '../domain/account.ts';

export const REDACTED = '[redacted]';

/** Wraps a credential: whoever prints, serialises or inspects it gets `[redacted]`; only `reveal` tells it. */
export function secretOf(reveal: () => string): Secret {
  const redacted = (): string => REDACTED;
  const hidden = { toString: redacted, toJSON: redacted, [Symbol.for('nodejs.util.inspect.custom')]: redacted };
  return { reveal, ...hidden };
}

/**
 * A credential in a file, read again at each `reveal`.
 * @param owner what names the file: a variable or an account, never the path
 * @throws Error from `reveal`, naming the owner, when the file cannot be read or holds no usable credential
 */
export function secretInFile(path: string, owner: string): Secret {
  return secretOf(() => {
    const read = readToken(path);
    // No cause: the system's error would quote the path.
    if (read.token === null) throw new Error(`${owner}: ${read.problem}`);
    return read.token;
  });
}

type TokenRead =
  | { readonly token: string; readonly problem: null; readonly isAbsent: false }
  /** `isAbsent`: there is no such file, or nothing in it. */
  | { readonly token: null; readonly problem: string; readonly isAbsent: boolean };

/** Reads a credential, trimmed: a file ends with a line end, which is no part of it. */
export function readToken(path: string): TokenRead {
  const file = readText(path);
  if (file.text === null) return { token: null, problem: file.problem, isAbsent: file.code === 'ENOENT' };
  const token = file.text.trim();
  const problem = tokenProblem(token);
  if (problem === null) return { token, problem, isAbsent: false };
  const told = `names a file whose content ${problem}: write the credential into it`;
  return { token: null, problem: told, isAbsent: token === '' };
}

type TextRead = { readonly text: string } | { readonly text: null; readonly problem: string; readonly code: string };

/** Reads a file; a problem names the system's error code, never the path: it may be a secret pasted into the wrong place. */
export function readText(path: string): TextRead {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'no code';
    const problem = `names a file that cannot be read (${code}): check the path and who may read it`;
    return { text: null, problem, code };
  }
}

/** @returns what is wrong with a trimmed credential, which must fit an HTTP header; null: nothing */
export function tokenProblem(token: string): string | null {
  if (token === '') return 'is empty';
  return /[^\u0020-\u007e\u00a0-\u00ff]/.test(token) ? 'holds line breaks, control or non-Latin characters' : null;
}
