import type { ProviderTraits } from '../../contract/providers.ts';
import { deepwriterTraits } from '../deepwriter/traits.ts';
import { docswriteTraits } from '../docswrite/traits.ts';

/** The services that work out of the box, without their adapters: callers check a job by these, and load no HTTP client. */
export const PROVIDERS: readonly [ProviderTraits, ...ProviderTraits[]] = [docswriteTraits, deepwriterTraits];
