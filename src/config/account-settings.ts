import { z } from 'zod';
import type { ProviderTraits } from '../contract/providers.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import { type Environment, readRow, type Report, type Row, type Setting } from './row.ts';
import { DEFAULT_POOL, POOL, POOL_PROBLEM } from '../contract/task-queue.ts';
import { credentialIn } from './pasted.ts';
import { baseUrl, BUDGET, filePath, whole, word } from './values.ts';

// Each provider has the same six variables for its default account. A new provider needs no change here.

const token = z.string().transform((text, context) => {
  const { token: read, problem } = credentialIn(text, true);
  if (read !== null) return read;
  context.addIssue(`${problem}: set it to the credential alone, or leave it out`);
  return z.NEVER;
});

function rowsOf({ name, auths }: ProviderTraits) {
  return {
    token: { meaning: `Credential of the default account at ${name}`, secret: true, schema: token },
    tokenFile: { meaning: 'File with the credential; it is read again at each poll', schema: filePath },
    pool: {
      meaning: `Pool whose workers serve the account; without a credential, this worker only plans its jobs; ${DEFAULT_POOL} if unset`,
      schema: z.string().regex(POOL, POOL_PROBLEM),
    },
    baseUrl: { meaning: `Address of ${name}; its public one if unset`, schema: baseUrl },
    auth: { meaning: `How the credential is sent: ${auths.join(' or ')}; by its form if unset`, schema: word(auths) },
    requestsPerMinute: { meaning: 'Request budget; none if unset', schema: whole(BUDGET) },
  } satisfies Record<string, Row>;
}

type Rows = ReturnType<typeof rowsOf>;

/** @returns the prefix of the variables of a provider's default account, such as `PRINTSHOP_` */
export function prefixOf(provider: string): string {
  return `${provider.toUpperCase().replaceAll('-', '_')}_`;
}

/** @returns the variable for this part of the default account, such as `PRINTSHOP_TOKEN_FILE` */
export function accountVariable(provider: string, part: keyof Rows): string {
  return prefixOf(provider) + part.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
}

/** The prefixes of the variables of all built-in providers. */
export const ACCOUNT_PREFIXES: readonly string[] = PROVIDERS.map(({ name }) => prefixOf(name));

/** The variables with the credentials of the default accounts. */
export const TOKEN_VARIABLES: readonly string[] = PROVIDERS.map(({ name }) => accountVariable(name, 'token'));

/** The values of a provider's default account; null: not given, or wrong and reported. */
type AccountValues = { readonly [Part in keyof Rows]: z.output<Rows[Part]['schema']> | null };

/** Reads the variables of a provider's default account, and reports what is wrong. */
export function readAccountValues(traits: ProviderTraits, env: Environment, report: Report): AccountValues {
  const values = Object.entries(rowsOf(traits)).map(([part, row]) => [
    part,
    readRow<unknown>({ env, report }, accountVariable(traits.name, part as keyof Rows), row),
  ]);
  return Object.fromEntries(values) as AccountValues;
}

/** The rows for the documentation. */
export const accountSettings: readonly Setting[] = PROVIDERS.flatMap((traits) =>
  Object.entries(rowsOf(traits)).map(([part, row]) => ({
    name: accountVariable(traits.name, part as keyof Rows),
    ...row,
  })),
);
