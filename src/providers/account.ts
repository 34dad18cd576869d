import type { Account } from '../config/account.ts';
import { ProviderError } from '../contract/failure.ts';
import type { CancelReply, JobRef, Snapshot } from '../contract/job.ts';
import type { Proxy, ProxyFor } from '../config/proxy.ts';
import { clip } from '../contract/text.ts';
import { baseUrlProblem } from './http/base-url.ts';
import { boundSnapshot } from './reading/bound-snapshot.ts';
import { closeWire, openWire, TIMEOUTS } from './http/exchange.ts';
import type { Timeouts, Wire } from './http/exchange.ts';
import { serviceCall } from './http/service-call.ts';
import type { Credential, ServiceCall } from './http/service-call.ts';
import { maskOf, MIN_MASKED } from './http/mask.ts';
import type { Mask } from './http/mask.ts';
import type { Provider } from './provider.ts';
import { cleanText, MAX_TEXT } from './reading/text.ts';
import { isUsualError } from './http/verdict.ts';

/** An account ready for calls; its jobs share connections. */
export interface OpenAccount {
  readonly name: string;
  readonly provider: Provider;
  /** All calls go through this proxy; null: there is none. */
  readonly proxy: Proxy | null;
  /**
   * Reads one job's status.
   * @throws ProviderError of every kind; the signal's reason once that is aborted
   */
  readonly poll: (job: JobRef, signal: AbortSignal) => Promise<Snapshot>;
  /**
   * Asks the service to cancel. `refused` also where the service has no cancel.
   * @throws ProviderError `unavailable`, `rate-limited`, `malformed`: perhaps it arrived, ask again; `rejected`: the service has
   * no such call (501); the signal's reason once that is aborted
   */
  readonly cancel: (job: JobRef, signal: AbortSignal) => Promise<CancelReply>;
  /** Ends all connections; calls under way fail. */
  readonly close: () => void;
}

export interface AccountOptions {
  readonly timeouts?: Partial<Timeouts>;
  readonly onQuotaUsedUp?: (forMs: number) => void;
  readonly onStaleCredential?: (trouble: string | null) => void;
  /** Connections go straight if left out. */
  readonly proxyFor?: ProxyFor | undefined;
}

/**
 * Opens an account at its service. It reads no credential. Each call reads it, so a rotated credential needs no restart.
 * @param options `onQuotaUsedUp` is called when the rate headers of an answer allow no further call for this time, ms; `onStaleCredential`
 * is called when the reason changes why an older credential is sent (null: the current one is sent again)
 * @throws ProviderError `rejected`: the account is for another provider, or its base URL or way of authentication is wrong
 */
export function openAccount(provider: Provider, account: Account, options: AccountOptions = {}): OpenAccount {
  const baseUrl = checkedBaseUrl(provider, account);
  const proxy = options.proxyFor?.(new URL(baseUrl)) ?? null;
  const wire: Wire = openWire({ ...TIMEOUTS, ...options.timeouts }, proxy);
  const readSecret = secretReader(provider, account, options.onStaleCredential);
  const { name } = provider.traits;
  const opened: Opened = { provider, account, baseUrl, wire, readSecret, onQuotaUsedUp: options.onQuotaUsedUp };
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
    close: () => closeWire(wire),
  };
}

interface Opened {
  readonly provider: Provider;
  readonly account: Account;
  readonly baseUrl: string;
  readonly wire: Wire;
  readonly readSecret: () => Promise<string>;
  readonly onQuotaUsedUp: AccountOptions['onQuotaUsedUp'];
}

interface Attempt {
  readonly action: 'poll' | 'cancel';
  readonly signal: AbortSignal;
}

/** Does one action with a credential read for it. Whatever comes of it passes here before it leaves for Temporal. */
async function attempt<T>(
  { provider, account, baseUrl, wire, readSecret, onQuotaUsedUp }: Opened,
  { action, signal }: Attempt,
  act: (call: ServiceCall, mask: Mask) => Promise<T>,
): Promise<T> {
  const label = `${provider.traits.name}: ${action}`;
  const secret = await readSecret();
  const mask = maskOf(secret);
  // A short credential is found in ordinary words.
  const maskAnswers: Mask = secret.length < MIN_MASKED ? (text) => text : mask;
  try {
    const form = provider.authOf(secret);
    const headers = provider.authHeader(secret, account.auth ?? form);
    const credential: Credential = { form, headers, mask, maskAnswers };
    const { isOwnError = isUsualError, errorCodes = {} } = provider;
    const setup = { label, baseUrl, credential, signal, wire, isOwnError, errorCodes, onQuotaUsedUp };
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
 * Makes any error one that may leave. An adapter's own slip over an odd answer is trouble of the call, not an end of anything (I5).
 * @throws the signal's reason once that is aborted
 */
function shown(error: unknown, of: { label: string; signal: AbortSignal; mask: Mask }): ProviderError {
  if (!(error instanceof ProviderError)) {
    of.signal.throwIfAborted();
    // Its text stays out: an adapter sees the credential when it builds the header.
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

/** Turns what the service itself refused into a reply; all else is thrown on, to be tried again. */
function replyOf(error: unknown): CancelReply {
  if (!(error instanceof ProviderError)) throw error;
  const reason = clip(error.message, MAX_TEXT);
  if (error.kind === 'unauthorized') return { status: 'unauthorized', reason };
  const { status } = error;
  const isAnswer = status !== null && (status < 300 || (status >= 400 && status < 500));
  if (isAnswer && (error.kind === 'rejected' || error.kind === 'not-found')) return { status: 'refused', reason };
  throw error;
}

/** @param onStale is called when the reason changes why an older credential is sent; null: the current one is sent again */
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

/** Checked before the call: HTTP clients quote a header's value when they refuse it (H25). */
async function revealed(provider: Provider, account: Account): Promise<string> {
  const refuse = (why: string): ProviderError =>
    new ProviderError('unauthorized', `${provider.traits.name}: account "${account.name}": credential ${why}`);
  let secret: string;
  try {
    // A file ends with a line end, which is no part of the credential.
    secret = (await account.secret.reveal()).trim();
  } catch {
    throw refuse('cannot be read');
  }
  if (secret === '') throw refuse('is empty');
  // oxlint-disable-next-line no-control-regex -- to find them is the point
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
