import type { ExaminedConfig } from '../../config/index.ts';
import type { Account } from '../../config/accounts.ts';
import { TOKEN_VARIABLES } from '../../config/account-settings.ts';
import { ProviderError } from '../../contract/failure.ts';
import type { JobRef } from '../../contract/job.ts';
import type { ProxyFor } from '../../config/proxy.ts';
import { openAccount } from '../../providers/account.ts';
import type { Provider, Trial } from '../../providers/provider.ts';
import { BUILT_IN_PROVIDERS } from '../../providers/registry/adapters.ts';
import { listText } from '../views/text.ts';
import { type Check, warning } from './check.ts';
import { judgeAccount, type Probed } from './judge-account.ts';
import { isMisconfigured } from './judge-configuration.ts';

/** A command must report within ten seconds that nothing answers. */
const TIMEOUTS = { connectMs: 5_000, headersMs: 7_000, silenceMs: 7_000, totalMs: 7_000 };

/** Makes one poll with each account. */
export async function checkAccounts(examined: ExaminedConfig): Promise<Check[]> {
  const { accounts } = examined.config;
  if (accounts.length > 0) {
    return Promise.all(accounts.map(async (account) => judgeAccount(await probe(account, examined))));
  }
  const hint = `set ${listText(TOKEN_VARIABLES, 'or')}, or name accounts by JOBTRACK_ACCOUNTS`;
  return [warning('accounts', 'no account is configured: a worker of this configuration follows no job', hint)];
}

async function probe(account: Account, examined: ExaminedConfig): Promise<Probed> {
  const provider = BUILT_IN_PROVIDERS.find(({ traits }) => traits.name === account.provider);
  if (provider === undefined) return { account, probe: { is: 'unknown-provider' }, knownBudget: null };
  if (isMisconfigured(account, examined)) return { account, probe: { is: 'misconfigured' }, knownBudget: null };
  const unknown: Trial = { job: { provider: account.provider, jobId: '0' }, requestsPerMinute: null };
  const { job, requestsPerMinute } = provider.trialOf?.(await secretOf(account)) ?? unknown;
  const { proxyFor } = examined.config;
  return { account, ...(await read(provider, account, { job, proxyFor })), knownBudget: requestsPerMinute };
}

interface Reading {
  readonly job: JobRef;
  readonly proxyFor: ProxyFor | undefined;
}

async function read(
  provider: Provider,
  account: Account,
  { job, proxyFor }: Reading,
): Promise<Pick<Probed, 'probe' | 'proxy'>> {
  let proxy: string | null = null;
  try {
    const open = openAccount(provider, account, { timeouts: TIMEOUTS, proxyFor });
    proxy = open.proxy?.address ?? null;
    try {
      await open.poll(job, new AbortController().signal);
      return { probe: { is: 'answered' }, proxy };
    } finally {
      open.close();
    }
  } catch (error) {
    if (error instanceof ProviderError) return { probe: { is: 'refused', by: error }, proxy };
    throw error;
  }
}

/** @returns '' if it cannot be read; the poll then reports why */
async function secretOf({ secret }: Account): Promise<string> {
  try {
    return (await secret.reveal()).trim();
  } catch {
    return '';
  }
}
