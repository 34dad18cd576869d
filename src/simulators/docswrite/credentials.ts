import type { Credential } from '../model.ts';
import { fakeJwt, validCredential } from '../state/made-credentials.ts';

/** They have the form of real credentials, but work only at a simulator. */
export const DOCSWRITE_ORG_KEY = 'dw_live_FAKE00000000000000000000simulator';
export const DOCSWRITE_SITE_TOKEN = fakeJwt({ site: 'https://blog.example' });
/** Of the account `other`: valid, but not for jobs of `default`. */
export const OTHER_DOCSWRITE_ORG_KEY = 'dw_live_FAKE00000000000000000000stranger';
export const OTHER_DOCSWRITE_SITE_TOKEN = fakeJwt({ site: 'https://stranger.example' });

export const DOCSWRITE_CREDENTIALS: readonly Credential[] = [
  validCredential(DOCSWRITE_SITE_TOKEN, 'x-access-token'),
  validCredential(DOCSWRITE_ORG_KEY, 'bearer'),
  validCredential(OTHER_DOCSWRITE_SITE_TOKEN, 'x-access-token', 'other'),
  validCredential(OTHER_DOCSWRITE_ORG_KEY, 'bearer', 'other'),
];
