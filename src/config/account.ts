/** A credential. It prints as `[redacted]` when it is logged, thrown or serialised. */
export interface Secret {
  /** Reads the value. A file is read again at each call, so a rotated credential needs no restart. */
  readonly reveal: () => string | Promise<string>;
  /** The reason why the last `reveal` gave an older value, such as an unreadable file; null or left out: it gave the current one. */
  readonly trouble?: () => string | null;
  readonly toString: () => string;
  readonly toJSON: () => string;
}

/** A named credential at one service. A workflow knows only the name; workers know the rest. */
export interface Account {
  /** `[a-z0-9-]{1,40}` */
  readonly name: string;
  readonly provider: string;
  /** Without a trailing slash or `/api`; null: the provider's default. */
  readonly baseUrl: string | null;
  /** How the credential is sent, one of `ProviderTraits.auths`; null: the adapter decides by the form of the credential. */
  readonly auth: string | null;
  readonly secret: Secret;
  /** The request budget; null: none. */
  readonly requestsPerMinute: number | null;
}
