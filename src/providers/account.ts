import type { Account as ConfiguredAccount } from '../config/account.ts';
import { type FailureKind, ProviderError } from '../contract/failure.ts';
import type { CancelReply, JobRef, Snapshot } from '../contract/job.ts';
import { clip } from '../contract/text.ts';
import { boundSnapshot } from './reading/bound-snapshot.ts';
import { type ConnectionOptions, type ConnectionPool, createConnectionPool } from './http/connection-pool.ts';
import { serviceCall, type ServiceCall } from './http/service-call.ts';
import { type Mask, maskOf, MIN_MASKED } from './http/mask.ts';
import type { RequestWatch } from './http/request-watch.ts';
import type { Provider } from './provider.ts';
import { cleanText, maskedText, MAX_TEXT } from './reading/text.ts';
import { isUsualError } from './http/verdict.ts';

/** What calls need of an account. */
export type Account = Pick<ConfiguredAccount, 'name' | 'provider' | 'baseUrl' | 'auth' | 'secret'>;

/** How to open an account. */
export interface AccountOptions extends ConnectionOptions {
  /** Connections that accounts share. `timeouts` and `proxyFor` are then those of the pool. Default: connections of its own. */
  readonly pool?: ConnectionPool | undefined;
  /** Called when the rate headers of an answer allow no further call for this time, ms. */
  readonly onQuotaUsedUp?: (forMs: number) => void;
  /** Called when the credential cannot be read and an older one is sent, with the reason; with null when it can be read again. */
  readonly onStaleCredential?: (trouble: string | null) => void;
}

/** An account that is ready for calls. Its jobs, and all accounts of its origin in the pool, share connections. */
export type OpenAccount = ReturnType<typeof openAccount>;

type Act<T> = (call: ServiceCall, mask: Mask) => Promise<T>;

interface Attempt {
  readonly action: 'poll' | 'cancel';
  readonly signal: AbortSignal;
  readonly watch: RequestWatch | undefined;
}

/**
 * Opens an account at its service. Each call reads the credential, so a rotated credential needs no restart.
 * @throws ProviderError `rejected`: the account is for another provider, or its base URL or way of authentication is wrong
 */
export function openAccount(provider: Provider, account: Account, options: AccountOptions = {}) {
  const { isOwnError = isUsualError, errorCodes = {}, cancel } = provider;
  const baseUrl = checkedBaseUrl(provider, account);
  const pool = options.pool ?? createConnectionPool(options);
  const { connections, proxy, release } = pool.borrow(baseUrl);
  const readSecret = secretReader(provider, account, options.onStaleCredential);
  const maskFor = rememberedMask();
  const setup = { baseUrl, connections, isOwnError, errorCodes, onQuotaUsedUp: options.onQuotaUsedUp };
  /** Reads the credential and makes one poll or cancel. Every error passes here, so none carries the credential to Temporal. */
  const attempt = async <T>({ action, signal, watch }: Attempt, act: Act<T>): Promise<T> => {
    const label = `${provider.traits.name}: ${action}`;
    const secret = await readSecret();
    const mask = maskFor(secret);
    // A short credential also occurs in ordinary words. Masking them would spoil the answer.
    const maskAnswers: Mask = secret.length < MIN_MASKED ? (text) => text : mask;
    try {
      const form = provider.authOf(secret);
      const headers = provider.authHeader(secret, account.auth ?? form);
      const credential = { form, headers, mask, maskAnswers };
      return await act(serviceCall({ ...setup, label, credential, signal, watch }), maskAnswers);
    } catch (error) {
      throw shown(error, { label, signal, mask: maskAnswers });
    }
  };
  return {
    name: account.name,
    provider,
    /** The proxy of all calls; null: none. */
    proxy,
    /**
     * Reads one job's status.
     * @param watch observes the requests. Default: nobody does
     * @throws ProviderError of every kind; the signal's reason once that is aborted
     */
    poll: async (job: JobRef, signal: AbortSignal, watch?: RequestWatch): Promise<Snapshot> =>
      attempt({ action: 'poll', signal, watch }, async (call, mask) =>
        boundSnapshot(await provider.poll(job, call), mask),
      ),
    /**
     * Asks the service to cancel.
     * @param watch as for `poll`
     * @returns the reply; `refused` also if the service has no cancel
     * @throws ProviderError `unavailable`, `rate-limited` or `malformed`: the request may have arrived, so ask again; `rejected`: the
     * service does not have this call (501); the signal's reason once that is aborted
     */
    cancel: async (job: JobRef, signal: AbortSignal, watch?: RequestWatch): Promise<CancelReply> => {
      if (cancel === undefined) return { status: 'refused', reason: `${provider.traits.name} has no cancel` };
      const asked = { action: 'cancel', signal, watch } as const;
      return attempt(asked, async (call, mask) => boundReply(await cancel(job, call), mask)).catch(replyOf);
    },
    /** Gives its connections back to the pool. Without a pool it closes them, and calls under way fail. */
    close: options.pool === undefined ? pool.close : release,
  };
}

/** @returns a function that makes the mask of a credential, and keeps the last one: a mask costs more than a poll with it */
function rememberedMask(): (secret: string) => Mask {
  let last: { secret: string; mask: Mask } | null = null;
  return (secret) => {
    if (last?.secret !== secret) last = { secret, mask: maskOf(secret) };
    return last.mask;
  };
}

/** Each field is named, so that an adapter cannot add a field that is not limited and masked. */
function boundReply(reply: CancelReply, mask: Mask): CancelReply {
  const { status } = reply;
  return status === 'accepted' ? { status } : { status, reason: maskedText(reply.reason, mask) ?? '' };
}

/**
 * Turns any error into one without the credential. A bug of an adapter is a failure of this call, and must not end a job (I5).
 * @throws the signal's reason once that is aborted
 */
function shown(error: unknown, of: { label: string; signal: AbortSignal; mask: Mask }): ProviderError {
  if (!(error instanceof ProviderError)) {
    of.signal.throwIfAborted();
    // Its message is left out: it may contain the credential, which an adapter gets for the header.
    const name = error instanceof Error ? cleanText(of.mask(error.name), 40) : null;
    const message = `${of.label} answer unreadable: the adapter failed with ${name ?? 'no error'}`;
    return new ProviderError('malformed', message);
  }
  const message = maskedText(error.message, of.mask) ?? '';
  if (message === error.message && error.cause === undefined) return error;
  // A new error: the stack and the cause of the old one may contain the same text.
  const { kind, status, retryAfterMs, edge } = error;
  return new ProviderError(kind, message, { status, retryAfterMs, edge });
}

/** Turns a refusal of the service into a reply. Other errors are thrown again, so that the cancel is retried. */
function replyOf(error: unknown): CancelReply {
  if (!(error instanceof ProviderError)) throw error;
  const reason = clip(error.message, MAX_TEXT);
  if (error.kind === 'unauthorized') return { status: 'unauthorized', reason };
  const { status } = error;
  const isAnswer = status !== null && (status < 300 || (status >= 400 && status < 500));
  if (isAnswer && (error.kind === 'rejected' || error.kind === 'not-found')) return { status: 'refused', reason };
  throw error;
}

/** @param onStale see `AccountOptions.onStaleCredential` */
function secretReader(
  provider: Provider,
  account: Account,
  onStale: (trouble: string | null) => void = () => undefined,
): () => Promise<string> {
  let reported: string | null = null;
  return async () => {
    const secret = await revealed(provider, account);
    const trouble = account.secret.trouble?.() ?? null;
    if (trouble !== reported) onStale(trouble);
    reported = trouble;
    return secret;
  };
}

/** @returns what makes errors about an account */
function refusing(kind: FailureKind, { traits }: Provider, { name }: Account): (why: string) => ProviderError {
  return (why) => new ProviderError(kind, `${traits.name}: account "${name}": ${why}`);
}

/** Reads and checks the credential before the call. An HTTP client would quote a wrong header value in its error (H25). */
async function revealed(provider: Provider, account: Account): Promise<string> {
  const refuse = refusing('unauthorized', provider, account);
  let secret: string;
  try {
    // A file often ends with a line break.
    secret = (await account.secret.reveal()).trim();
  } catch {
    throw refuse('credential cannot be read');
  }
  if (secret === '') throw refuse('credential is empty');
  // oxlint-disable-next-line no-control-regex -- this check looks for them
  const isOdd = /[\u0000-\u001f\u007f-\u009f]|[^\u0000-\u00ff]/.test(secret);
  if (isOdd) throw refuse('credential holds control or non-Latin characters');
  return secret;
}

/** @throws ProviderError `rejected`, if `openAccount` would throw it */
export function checkAccount(provider: Provider, account: Account): void {
  checkedBaseUrl(provider, account);
}

function checkedBaseUrl(provider: Provider, account: Account): string {
  const { name, auths } = provider.traits;
  const refuse = refusing('rejected', provider, account);
  if (account.provider !== name) throw refuse('belongs to another provider');
  const isAuth = account.auth === null || auths.includes(account.auth);
  if (!isAuth) throw refuse(`auth must be one of ${auths.join(', ')}`);
  const baseUrl = account.baseUrl ?? provider.defaultBaseUrl;
  const problem = baseUrlProblem(baseUrl);
  if (problem !== null) throw refuse(`base URL ${problem}`);
  return baseUrl.replace(/\/+$/, '');
}

/**
 * Checks a base URL (H18). It comes only from configuration, never from a caller or an answer.
 * @returns the problem, without the URL, because that may contain a password; null: none
 */
export function baseUrlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'is no URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must not hold a user or password';
  // Searched in the text, because an empty query or fragment disappears when the URL is parsed.
  if (/[?#]/.test(text)) return 'must not hold a query or fragment';
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return null;
  return 'must be https, or http on loopback';
}
