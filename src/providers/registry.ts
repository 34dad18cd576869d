import { deepwriter } from './deepwriter.ts';
import { docswrite } from './docswrite.ts';
import type { Provider } from './provider.ts';

/** The services that work out of the box. */
export const BUILT_IN_PROVIDERS: readonly Provider[] = [docswrite, deepwriter];
