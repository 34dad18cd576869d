/** A credential that prints as `[redacted]` wherever it is logged, thrown or serialised. */
export interface Secret {
  /** Reads the value now: a file is read again at each call, so a rotated credential needs no restart. */
  readonly reveal: () => string | Promise<string>;
  /** Why the value that `reveal` gave last is an older one than should be read; null, or left out: it is not. Never the value. */
  readonly trouble?: () => string | null;
  readonly toString: () => string;
  readonly toJSON: () => string;
}

/** A named credential at one service. A workflow carries the name; only workers know the rest. */
export interface Account {
  /** `[a-z0-9-]{1,40}` */
  readonly name: string;
  readonly provider: string;
  /** Without a trailing slash or `/api`; null: the provider's public address. */
  readonly baseUrl: string | null;
  /** How the credential is sent, by the provider's own words; null: by the credential's form. */
  readonly auth: string | null;
  readonly secret: Secret;
  /** The budget; null: none is assumed. */
  readonly requestsPerMinute: number | null;
}
