import type { Secret } from './secret.ts';

/** An account that a worker knows, perhaps without its credential: then the workers of its pool have that. */
export interface KnownAccount {
  /** `[a-z0-9-]{1,40}` */
  readonly name: string;
  readonly provider: string;
  /** The workers that serve the account, `[a-z0-9-]{1,40}`. Default: `shared`. */
  readonly pool: string;
  /** The request budget; null: none. */
  readonly requestsPerMinute: number | null;
}

/** A named credential at one service. A workflow knows only the name; workers know the rest. */
export interface Account extends KnownAccount {
  /** Without a trailing slash or `/api`; null: the provider's default. */
  readonly baseUrl: string | null;
  /** How the credential is sent, one of `ProviderTraits.auths`; null: the adapter decides by the form of the credential. */
  readonly auth: string | null;
  readonly secret: Secret;
}
