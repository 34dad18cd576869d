import type { Account } from '../config/accounts.ts';
import { ProviderError } from '../contract/failure.ts';
import type { CancelReply, JobRef, Snapshot } from '../contract/job.ts';
import type { Proxy, ProxyFor } from '../config/proxy.ts';
import { clip } from '../contract/text.ts';
import { baseUrlProblem } from './http/base-url.ts';
import { boundSnapshot } from './reading/bound-snapshot.ts';
import { closeConnections, type Connections, openConnections, TIMEOUTS, type Timeouts } from './http/exchange.ts';
import { type Credential, serviceCall, type ServiceCall } from './http/service-call.ts';
import { type Mask, maskOf, MIN_MASKED } from './http/mask.ts';
import type { Provider } from './provider.ts';
import { cleanText, MAX_TEXT } from './reading/text.ts';
import { isUsualError } from './http/verdict.ts';

/** An account that is ready for calls. Its jobs share connections. */
export interface OpenAccount {
  readonly name: string;
  readonly provider: Provider;
  /** The proxy of all calls; null: none. */
  readonly proxy: Proxy | null;
  /**
   * Reads one job's status.
   * @throws ProviderError of every kind; the signal's reason once that is aborted
   */
  readonly poll: (job: JobRef, signal: AbortSignal) => Promise<Snapshot>;
  /**
   * Asks the service to cancel.
   * @returns the reply; `refused` also if the service has no cancel
   * @throws ProviderError `unavailable`, `rate-limited` or `malformed`: the request may have arrived, so ask again; `rejected`: the
   * service does not have this call (501); the signal's reason once that is aborted
   */
  readonly cancel: (job: JobRef, signal: AbortSignal) => Promise<CancelReply>;
  /** Closes all connections. Calls under way fail. */
  readonly close: () => void;
}

/** How to open an account. */
export interface AccountOptions {
  /** Default: `TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts>;
  /** Called when the rate headers of an answer allow no further call for this time, ms. */
  readonly onQuotaUsedUp?: (forMs: number) => void;
  /** Called when the credential cannot be read and an older one is sent, with the reason; with null when it can be read again. */
  readonly onStaleCredential?: (trouble: string | null) => void;
  /** Default: no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
}

/**
 * Opens an account at its service. Each call reads the credential, so a rotated credential needs no restart.
 * @throws ProviderError `rejected`: the account is for another provider, or its base URL or way of authentication is wrong
 */
export function openAccount(provider: Provider, account: Account, options: AccountOptions = {}): OpenAccount {
  const baseUrl = checkedBaseUrl(provider, account);
  const proxy = options.proxyFor?.(new URL(baseUrl)) ?? null;
  const connections: Connections = openConnections({ ...TIMEOUTS, ...options.timeouts }, proxy);
  const readSecret = secretReader(provider, account, options.onStaleCredential);
  const { name } = provider.traits;
  const opened: Opened = { provider, account, baseUrl, connections, readSecret, onQuotaUsedUp: options.onQuotaUsedUp };
  return {
    name: account.name,
    provider,
    proxy,
    poll: async (job, signal) =>
      attempt(opened, { action: 'poll', signal }, async (call, mask) =>
        boundSnapshot(await provider.poll(job, call), mask),
      ),
    cancel: async (job, signal) => {
      const { cancel } = provider;
      if (cancel === undefined) return { status: 'refused', reason: `${name} has no cancel` };
      return attempt(opened, { action: 'cancel', signal }, async (call, mask) =>
        boundReply(await cancel(job, call), mask),
      ).catch(replyOf);
    },
    close: () => closeConnections(connections),
  };
}

interface Opened {
  readonly provider: Provider;
  readonly account: Account;
  readonly baseUrl: string;
  readonly connections: Connections;
  readonly readSecret: () => Promise<string>;
  readonly onQuotaUsedUp: AccountOptions['onQuotaUsedUp'];
}

interface Attempt {
  readonly action: 'poll' | 'cancel';
  readonly signal: AbortSignal;
}

/** Reads the credential and makes one poll or cancel. Every error passes here, so none carries the credential to Temporal. */
async function attempt<T>(
  { provider, account, baseUrl, connections, readSecret, onQuotaUsedUp }: Opened,
  { action, signal }: Attempt,
  act: (call: ServiceCall, mask: Mask) => Promise<T>,
): Promise<T> {
  const label = `${provider.traits.name}: ${action}`;
  const secret = await readSecret();
  const mask = maskOf(secret);
  // A short credential also occurs in ordinary words. Masking them would spoil the answer.
  const maskAnswers: Mask = secret.length < MIN_MASKED ? (text) => text : mask;
  try {
    const form = provider.authOf(secret);
    const headers = provider.authHeader(secret, account.auth ?? form);
    const credential: Credential = { form, headers, mask, maskAnswers };
    const { isOwnError = isUsualError, errorCodes = {} } = provider;
    const setup = { label, baseUrl, credential, signal, connections, isOwnError, errorCodes, onQuotaUsedUp };
    return await act(serviceCall(setup), maskAnswers);
  } catch (error) {
    throw shown(error, { label, signal, mask: maskAnswers });
  }
}

function boundReply(reply: CancelReply, mask: Mask): CancelReply {
  return reply.status === 'accepted' ? reply : { ...reply, reason: boundText(reply.reason, mask) };
}

function boundText(text: string, mask: Mask): string {
  return clip(mask(cleanText(text) ?? ''), MAX_TEXT);
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
  const message = boundText(error.message, of.mask);
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

/** Reads and checks the credential before the call. An HTTP client would quote a wrong header value in its error (H25). */
async function revealed(provider: Provider, account: Account): Promise<string> {
  const refuse = (why: string): ProviderError =>
    new ProviderError('unauthorized', `${provider.traits.name}: account "${account.name}": credential ${why}`);
  let secret: string;
  try {
    // A file often ends with a line break.
    secret = (await account.secret.reveal()).trim();
  } catch {
    throw refuse('cannot be read');
  }
  if (secret === '') throw refuse('is empty');
  // oxlint-disable-next-line no-control-regex -- this check looks for them
  if (/[\u0000-\u001f\u007f-\u009f]|[^\u0000-\u00ff]/.test(secret))
    throw refuse('holds control or non-Latin characters');
  return secret;
}

function checkedBaseUrl(provider: Provider, account: Account): string {
  const refuse = (why: string): ProviderError =>
    new ProviderError('rejected', `${provider.traits.name}: account "${account.name}": ${why}`);
  if (account.provider !== provider.traits.name) throw refuse('belongs to another provider');
  if (account.auth !== null && !provider.traits.auths.includes(account.auth)) {
    throw refuse(`auth must be one of ${provider.traits.auths.join(', ')}`);
  }
  const baseUrl = account.baseUrl ?? provider.defaultBaseUrl;
  const problem = baseUrlProblem(baseUrl);
  if (problem !== null) throw refuse(`base URL ${problem}`);
  return baseUrl.replace(/\/+$/, '');
}
