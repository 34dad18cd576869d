import type { Credential, CredentialStyle } from '../model.ts';

const HEADERS: Record<CredentialStyle, string> = {
  bearer: 'authorization',
  'x-access-token': 'x-access-token',
  'x-api-key': 'x-api-key',
};
export const CREDENTIAL_HEADERS: readonly string[] = Object.values(HEADERS);

/** A credential of a request, from one header. */
export interface Carried {
  style: CredentialStyle;
  token: string;
}

export function carriedBy(headers: Record<string, string | string[] | undefined>): Carried[] {
  return (Object.entries(HEADERS) as [CredentialStyle, string][]).flatMap(([style, name]): Carried[] => {
    const value = headers[name];
    if (value === undefined) return [];
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (style !== 'bearer') return [{ style, token: text }];
    const [, token = ''] = /^Bearer +(.+)$/i.exec(text) ?? [];
    return [{ style, token }];
  });
}

export type Judgement =
  | { is: 'valid'; credential: Credential }
  | { is: 'missing' | 'two' | 'unknown' | 'revoked' | 'expired' | 'wrong-style'; carried: Carried | null };

/** Checks the credentials of a request, and counts the use. */
export function judge(credentials: readonly Credential[], carried: readonly Carried[], nowMs: number): Judgement {
  const [first, second] = carried;
  if (first === undefined) return { is: 'missing', carried: null };
  if (second !== undefined) return { is: 'two', carried: first };
  const known = credentials.find(({ token }) => token === first.token);
  if (known === undefined) return { is: 'unknown', carried: first };
  if (known.style !== first.style) return { is: 'wrong-style', carried: first };
  if (known.status !== 'valid') return { is: known.status, carried: first };
  if (known.callsLeft !== undefined && known.callsLeft !== null) {
    if (known.callsLeft <= 0) return { is: 'expired', carried: first };
    known.callsLeft -= 1;
  }
  if (known.expiresAtMs !== undefined && known.expiresAtMs !== null && nowMs >= known.expiresAtMs) {
    return { is: 'expired', carried: first };
  }
  return { is: 'valid', credential: known };
}

/** @returns a short form that distinguishes credentials in a log, but cannot be used */
export function masked(token: string): string {
  return `${token.slice(0, 4)}…(${token.length})`;
}
