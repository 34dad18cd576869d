import { z } from 'zod';
import type { ProviderTraits } from '../contract/providers.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import { type Environment, readRow, type Report, type Row, type Setting, settingsOf } from './row.ts';
import { credentialIn } from './pasted.ts';
import { baseUrl, BUDGET, filePath, whole, word } from './values.ts';

// Each provider has the same five variables for its default account. A new provider needs no change here.

const token = z.string().transform((text, context) => {
  const { token: read, problem } = credentialIn(text, true);
  if (read !== null) return read;
  context.addIssue(`${problem}: set it to the credential alone, or leave it out`);
  return z.NEVER;
});

type AccountPart = 'TOKEN' | 'TOKEN_FILE' | 'BASE_URL' | 'AUTH' | 'REQUESTS_PER_MINUTE';

function rowsOf({ name, auths }: ProviderTraits) {
  return {
    TOKEN: { meaning: `Credential of the default account at ${name}`, default: null, secret: true, schema: token },
    TOKEN_FILE: { meaning: 'File with the credential; it is read again at each poll', default: null, schema: filePath },
    BASE_URL: { meaning: `Address of ${name}; its public one if unset`, default: null, schema: baseUrl },
    AUTH: {
      meaning: `How the credential is sent: ${auths.join(' or ')}; by its form if unset`,
      default: null,
      schema: word(auths),
    },
    REQUESTS_PER_MINUTE: { meaning: 'Request budget; none if unset', default: null, schema: whole(BUDGET) },
  } satisfies Record<AccountPart, Row>;
}

const ROWS = new Map(PROVIDERS.map((traits) => [traits, rowsOf(traits)]));

/** @returns the prefix of the variables of a provider's default account, such as `PRINTSHOP_` */
function prefixOf(provider: string): string {
  return `${provider.toUpperCase().replaceAll('-', '_')}_`;
}

/** @returns the variable for this part of the default account, such as `PRINTSHOP_TOKEN` */
export function accountVariable(provider: string, part: AccountPart): string {
  return prefixOf(provider) + part;
}

/** The prefixes of the variables of all built-in providers. */
export const ACCOUNT_PREFIXES: readonly string[] = PROVIDERS.map(({ name }) => prefixOf(name));

/** The variables with the credentials of the default accounts. */
export const TOKEN_VARIABLES: readonly string[] = PROVIDERS.map(({ name }) => accountVariable(name, 'TOKEN'));

/** The values of a provider's default account; null: not given, or wrong and reported. */
interface AccountValues {
  readonly token: string | null;
  readonly tokenFile: string | null;
  readonly baseUrl: string | null;
  readonly auth: string | null;
  readonly requestsPerMinute: number | null;
}

/** Reads the variables of a provider's default account, and reports what is wrong. */
export function readAccountValues(traits: ProviderTraits, env: Environment, report: Report): AccountValues {
  const rows = ROWS.get(traits) ?? rowsOf(traits);
  const read = <Value>(part: AccountPart, row: Row<Value>): Value | null =>
    readRow({ env, report }, accountVariable(traits.name, part), row);
  return {
    token: read('TOKEN', rows.TOKEN),
    tokenFile: read('TOKEN_FILE', rows.TOKEN_FILE),
    baseUrl: read('BASE_URL', rows.BASE_URL),
    auth: read('AUTH', rows.AUTH),
    requestsPerMinute: read('REQUESTS_PER_MINUTE', rows.REQUESTS_PER_MINUTE),
  };
}

/** The rows for the documentation. */
export const accountSettings: readonly Setting[] = [...ROWS].flatMap(([traits, rows]) =>
  settingsOf(rows).map((setting) => ({
    ...setting,
    name: accountVariable(traits.name, setting.name as AccountPart),
  })),
);
