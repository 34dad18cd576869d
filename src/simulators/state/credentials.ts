import type { Credential, CredentialStyle, Service } from '../model.ts';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const fakeJwt = (claims: object): string =>
  `${part({ alg: 'none', typ: 'JWT' })}.${part({ fake: true, ...claims })}.${Buffer.from('fake-signature').toString('base64url')}`;

/** Like the real ones in form, and good for nothing but a simulator. */
export const DOCSWRITE_ORG_KEY = 'dw_live_FAKE00000000000000000000simulator';
export const DOCSWRITE_SITE_TOKEN = fakeJwt({ site: 'https://blog.example' });
export const DEEPWRITER_API_KEY = 'fake-deepwriter-api-key-00000000-simulator';
export const DEEPWRITER_JWT = fakeJwt({ sub: 'simulator-user' });
/** Of the account `other`: valid, but the jobs of `default` are not theirs. */
export const OTHER_DOCSWRITE_ORG_KEY = 'dw_live_FAKE00000000000000000000stranger';
export const OTHER_DOCSWRITE_SITE_TOKEN = fakeJwt({ site: 'https://stranger.example' });
export const OTHER_DEEPWRITER_API_KEY = 'fake-deepwriter-api-key-00000000-stranger';

export { fakeJwt };

const HEADERS: Record<CredentialStyle, string> = {
  bearer: 'authorization',
  'x-access-token': 'x-access-token',
  'x-api-key': 'x-api-key',
};
export const CREDENTIAL_HEADERS: readonly string[] = Object.values(HEADERS);

export function defaultCredentials(service: Service): Credential[] {
  const of = (token: string, style: CredentialStyle, account = 'default'): Credential => ({
    token,
    style,
    account,
    status: 'valid',
  });
  return service === 'docswrite'
    ? [
        of(DOCSWRITE_SITE_TOKEN, 'x-access-token'),
        of(DOCSWRITE_ORG_KEY, 'bearer'),
        of(OTHER_DOCSWRITE_SITE_TOKEN, 'x-access-token', 'other'),
        of(OTHER_DOCSWRITE_ORG_KEY, 'bearer', 'other'),
      ]
    : [
        of(DEEPWRITER_API_KEY, 'x-api-key'),
        of(DEEPWRITER_JWT, 'bearer'),
        of(OTHER_DEEPWRITER_API_KEY, 'x-api-key', 'other'),
      ];
}

/** What a request carries: one entry per credential header. */
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

/** Judges what a request carries, and counts its use. */
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

/** Enough to tell two credentials apart in a log, too little to use one. */
export function masked(token: string): string {
  return `${token.slice(0, 4)}…(${token.length})`;
}
