import type { Credential, CredentialStyle } from '../model.ts';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @returns a token in the form of a signed one, which works only at a simulator */
export function fakeJwt(claims: object): string {
  const signature = Buffer.from('fake-signature').toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part({ fake: true, ...claims })}.${signature}`;
}

/** @param account the account whose jobs it may read */
export function validCredential(token: string, style: CredentialStyle, account = 'default'): Credential {
  return { token, style, account, status: 'valid' };
}
