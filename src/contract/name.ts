/** The format of names: accounts, providers, ways of authentication. */
export const NAME = /^[a-z0-9-]{1,40}$/;

export const NAME_PROBLEM = 'must be 1 to 40 of a-z, 0-9 and -';

export function isName(value: unknown): boolean {
  return typeof value === 'string' && NAME.test(value);
}
