/** Checks the accounts that a function of the worker's owner gives. */
import { z } from 'zod';
import { traitsOf } from '../contract/providers.ts';
import { DEFAULT_POOL, POOL, POOL_PROBLEM } from '../contract/task-queue.ts';
import { NAME, NAME_PROBLEM } from '../contract/name.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import type { Account, KnownAccount } from './account.ts';
import { know } from './known-secrets.ts';
import { credentialIn } from './pasted.ts';
import { secretOf } from './secret.ts';
import { baseUrl, BUDGET } from './values.ts';

/** An account as a function gives it. A field that is null counts as left out. */
export interface GivenAccount {
  /** The credential alone, as text. Left out: only the workers of `pool` have it, and this worker only plans the jobs of the account. */
  credential?: string | null;
  /** The workers that serve the account, `[a-z0-9-]{1,40}`. Default: `shared`. */
  pool?: string | null;
  /** `https://…`, or `http://` on loopback, without user, query and fragment. Default: the service's public address. */
  baseUrl?: string | null;
  /** How the credential is sent, one of the provider's ways. Default: by the form of the credential. */
  auth?: string | null;
  /** The request budget, a whole number from 5 to 1 000 000. Default: none. */
  requestsPerMinute?: number | null;
}

const FIELDS = 'credential, pool, baseUrl, auth, requestsPerMinute';
const BUDGET_PROBLEM = `must be a whole number of ${BUDGET.unit} from ${BUDGET.min} to ${BUDGET.max}`;
const MAX_CREDENTIAL = 16_384;

/** Its errors name no unknown field and quote no value, because both may be a secret. */
const schema = z.strictObject(
  {
    credential: z.string({ error: 'must be text' }).max(MAX_CREDENTIAL, 'is too long for a header').nullish(),
    pool: z.string({ error: POOL_PROBLEM }).regex(POOL, POOL_PROBLEM).nullish(),
    baseUrl: baseUrl.nullish(),
    auth: z.string({ error: NAME_PROBLEM }).regex(NAME, NAME_PROBLEM).nullish(),
    requestsPerMinute: z
      .number({ error: BUDGET_PROBLEM })
      .int(BUDGET_PROBLEM)
      .min(BUDGET.min, BUDGET_PROBLEM)
      .max(BUDGET.max, BUDGET_PROBLEM)
      .nullish(),
  },
  {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `has a field that is not known: known are ${FIELDS}`
        : `must be an object of ${FIELDS}`,
  },
);

/** A checked answer: an account with its credential here, one without, or what is wrong with it. */
export type GivenRead =
  | { readonly is: 'served'; readonly account: Account }
  | { readonly is: 'known'; readonly account: KnownAccount }
  | { readonly is: 'wrong'; readonly problem: string };

/** Checks an answer of the function, and registers its credential for the mask. */
export function readGivenAccount(
  answer: unknown,
  { provider, name }: Pick<KnownAccount, 'provider' | 'name'>,
): GivenRead {
  const wrong = (problems: readonly string[]): GivenRead => ({ is: 'wrong', problem: problems.join('; ') });
  const { data, error } = schema.safeParse(answer);
  if (data === undefined)
    return wrong(error.issues.map(({ path, message }) => [...path.map(String), message].join(' ')));
  const { credential = null, auth = null } = data;
  const known: KnownAccount = {
    name,
    provider,
    pool: data.pool ?? DEFAULT_POOL,
    requestsPerMinute: data.requestsPerMinute ?? null,
  };
  if (credential === null) {
    return (data.pool ?? null) === null
      ? wrong(['needs a credential, or a pool whose workers have it'])
      : { is: 'known', account: known };
  }
  const auths = traitsOf(PROVIDERS, provider)?.auths ?? null;
  const { token, problem } = credentialIn(credential, auths !== null);
  know(credential, token);
  if (token === null) return wrong([`credential ${problem}`]);
  if (auth !== null && auths !== null && !auths.includes(auth)) return wrong([`auth must be ${auths.join(' or ')}`]);
  return { is: 'served', account: { ...known, baseUrl: data.baseUrl ?? null, auth, secret: secretOf(() => token) } };
}
