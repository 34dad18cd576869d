/** The types of jobs that the client exports. */
export type { DeepWriterJob } from '../deepwriter/traits.ts';
export type { DocswriteJob } from '../docswrite/traits.ts';
