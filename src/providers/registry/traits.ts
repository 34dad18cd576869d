import type { ProviderTraits } from '../../contract/providers.ts';
import { deepwriterTraits } from '../deepwriter/traits.ts';
import { docswriteTraits } from '../docswrite/traits.ts';

/** The traits of the built-in services, without the adapters. So the client can check a job without loading an HTTP client. */
export const PROVIDERS: readonly [ProviderTraits, ...ProviderTraits[]] = [docswriteTraits, deepwriterTraits];
