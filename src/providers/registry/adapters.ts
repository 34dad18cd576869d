import { deepwriter } from '../deepwriter/adapter.ts';
import { docswrite } from '../docswrite/adapter.ts';
import type { Provider } from '../provider.ts';

/** The services that work out of the box. */
export const BUILT_IN_PROVIDERS: readonly Provider[] = [docswrite, deepwriter];
