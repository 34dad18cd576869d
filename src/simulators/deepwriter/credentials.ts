import type { Credential } from '../model.ts';
import { fakeJwt, validCredential } from '../state/made-credentials.ts';

/** They have the form of real credentials, but work only at a simulator. */
export const DEEPWRITER_API_KEY = 'fake-deepwriter-api-key-00000000-simulator';
export const DEEPWRITER_JWT = fakeJwt({ sub: 'simulator-user' });
/** Of the account `other`: valid, but not for jobs of `default`. */
export const OTHER_DEEPWRITER_API_KEY = 'fake-deepwriter-api-key-00000000-stranger';

export const DEEPWRITER_CREDENTIALS: readonly Credential[] = [
  validCredential(DEEPWRITER_API_KEY, 'x-api-key'),
  validCredential(DEEPWRITER_JWT, 'bearer'),
  validCredential(OTHER_DEEPWRITER_API_KEY, 'x-api-key', 'other'),
];
