import { deepwriter } from '../deepwriter/adapter.ts';
import { docswrite } from '../docswrite/adapter.ts';
import type { Provider } from '../provider.ts';

/** The built-in services. */
export const BUILT_IN_PROVIDERS: readonly Provider[] = [docswrite, deepwriter];
