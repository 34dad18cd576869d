import type { Account, KnownAccount } from '../../config/account.ts';
import { type GivenAccount, readGivenAccount } from '../../config/given-account.ts';
import { ProviderError } from '../../contract/failure.ts';
import { isName } from '../../contract/name.ts';
import { plainText } from '../../contract/text.ts';
import { maskKnown } from '../../process/masking.ts';
import { checkAccount } from '../../providers/account.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Log } from '../log.ts';
import { keyOf } from './configured.ts';
import { createStates } from './states.ts';

/**
 * Gives the accounts that the configuration does not have, for example from a vault or a database. It is asked when an account is needed.
 * An answer, also null, counts for 30 s. A call may take 10 s. If it throws, takes longer or gives a wrong answer, the last good answer
 * stays; without one the jobs of the account are degraded until it answers.
 * @param provider the service's name, such as `printshop`
 * @param name the account's name, `[a-z0-9-]{1,40}`
 * @returns the account; null: there is no such account
 * @example
 * const accounts: AccountFunction = async (provider, name) => {
 *   const customer = await customers.find(name);
 *   return customer === null ? null : { credential: customer.tokens[provider], requestsPerMinute: 60 };
 * };
 */
export type AccountFunction = (provider: string, name: string) => GivenAccount | null | Promise<GivenAccount | null>;

/** What is known of an account. `unavailable`: the function fails, and there is no earlier answer. */
export type Found =
  | { readonly is: 'served'; readonly account: Account }
  | { readonly is: 'known'; readonly account: KnownAccount }
  | { readonly is: 'unknown' }
  | { readonly is: 'unavailable'; readonly problem: string };

interface AskedSetup {
  readonly ask: AccountFunction;
  readonly providers: readonly Provider[];
  readonly now: () => number;
  readonly log: Log;
}

const FRESH_MS = 30_000;
const ANSWER_MS = 10_000;
/** A function that failed is asked again after this time. If it did not answer, after `FRESH_MS`, because that call may still run. */
const AGAIN_MS = 5_000;

/** The last answer for one account. */
interface Answer {
  readonly key: string;
  found: Found;
  /** The text of the last good answer: the same text is the same account, whose connections stay open. null: none yet. */
  print: string | null;
  askAtMs: number;
  asking: Promise<Found> | null;
}

type Name = Pick<KnownAccount, 'provider' | 'name'>;

/** The accounts of a function. Calls for one account at the same time share one call of the function. */
export function createAskedAccounts(setup: AskedSetup) {
  const { providers, now } = setup;
  const failures = createFailures(setup.log);
  const answers = createStates<Answer>({
    now,
    make: (key) => ({ key, found: { is: 'unknown' }, print: null, askAtMs: Number.NEGATIVE_INFINITY, asking: null }),
    drop: ({ key }) => failures.note(key, null),
  });
  const askAgain = async (answer: Answer, name: Name): Promise<Found> => {
    const { problem, waitMs } = await answers.during(answer.key, () => update(answer, name, setup));
    failures.note(answer.key, problem);
    if (problem !== null && answer.print === null) answer.found = { is: 'unavailable', problem };
    answer.askAtMs = now() + waitMs;
    return answer.found;
  };
  return {
    find: async (name: Name): Promise<Found> => {
      const isPossible = isName(name.name) && providers.some(({ traits }) => traits.name === name.provider);
      if (!isPossible) return { is: 'unknown' };
      const answer = answers.of(keyOf(name));
      if (now() < answer.askAtMs) return answer.found;
      answer.asking ??= askAgain(answer, name).finally(() => (answer.asking = null));
      // While the function fails, no call waits for it.
      return answer.print !== null && failures.has(answer.key) ? answer.found : answer.asking;
    },
    /** @returns the account by its last answer; null: there is none */
    last: (key: string): KnownAccount | null => {
      const found = answers.peek(key)?.found;
      return found !== undefined && 'account' in found ? found.account : null;
    },
    trouble: failures.shown,
    prune: answers.prune,
  };
}

/** The accounts whose last call failed. The log gets the begin and the end, not a line for each of thousands. */
function createFailures(log: Log) {
  const failing = new Map<string, string>();
  const shown = (): string | null => {
    const [first] = failing;
    if (first === undefined) return null;
    const more = failing.size > 1 ? `; and ${failing.size - 1} more accounts` : '';
    return `the function of accounts fails, so the last good answers stay: ${first[0]}: ${first[1]}${more}`;
  };
  return {
    has: (key: string): boolean => failing.has(key),
    /** @param problem null: it answered */
    note: (key: string, problem: string | null): void => {
      const before = failing.size;
      if (problem === null) failing.delete(key);
      else failing.set(key, problem);
      if (before === 0 && failing.size > 0) log.warn(shown() ?? '');
      if (before > 0 && failing.size === 0) log.info('the function of accounts answers again');
    },
    /** @returns what fails; null: nothing */
    shown,
  };
}

/** Asks the function once. A good answer goes into `answer`. @returns the problem of a bad one, and when to ask again */
async function update(
  answer: Answer,
  name: Name,
  { ask, providers }: AskedSetup,
): Promise<{ problem: string | null; waitMs: number }> {
  try {
    const given = (await answerOf(ask, name)) ?? null;
    const print = JSON.stringify(given);
    if (print !== answer.print) answer.found = given === null ? { is: 'unknown' } : checked(given, name, providers);
    answer.print = print;
    return { problem: null, waitMs: FRESH_MS };
  } catch (error) {
    return { problem: problemOf(error), waitMs: error instanceof NoAnswer ? FRESH_MS : AGAIN_MS };
  }
}

class NoAnswer extends Error {}
class WrongAnswer extends Error {}

async function answerOf(ask: AccountFunction, { provider, name }: Name): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${ANSWER_MS / 1_000} s`)), ANSWER_MS);
  });
  try {
    // Within the chain, so that a function that throws at once is no other case.
    return await Promise.race([Promise.resolve().then(() => ask(provider, name)), tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws WrongAnswer; ProviderError, if the provider refuses the account */
function checked(given: unknown, name: Name, providers: readonly Provider[]): Found {
  const read = readGivenAccount(given, name);
  if (read.is === 'wrong') throw new WrongAnswer(`its answer is wrong: ${read.problem}`);
  if (read.is === 'served') {
    checkAccount(providers.find(({ traits }) => traits.name === name.provider) as Provider, read.account);
  }
  return read;
}

const MAX_PROBLEM = 300;

/** Errors of the function may hold what no mask knows. So of those, only the name or the code is shown, as of adapters (I2). */
function problemOf(error: unknown): string {
  if (error instanceof NoAnswer || error instanceof WrongAnswer || error instanceof ProviderError) {
    return maskKnown(plainText(error.message, MAX_PROBLEM));
  }
  const code: unknown = error instanceof Error && 'code' in error ? error.code : null;
  const name =
    typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : error instanceof Error ? error.name : typeof error;
  return `it failed with ${maskKnown(plainText(name, 64))}`;
}
