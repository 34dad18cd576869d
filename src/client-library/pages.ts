import type { Client } from '@temporalio/client';
import { type Execution, executionOf } from './execution.ts';

/** Callers get an error within ten seconds. This leaves time for the rest of the call. */
export const PAGE_MS = 8_000;

interface List {
  readonly query: string;
  /** Default: that of the server. */
  readonly pageSize?: number;
}

/** Makes the request of one page. */
type Ask = <T>(request: () => Promise<T>) => Promise<T>;

/** Lists executions, a page at a time, as visibility shows them. @throws the errors of `ask` */
export async function* pagesOf(client: Client, list: List, ask: Ask): AsyncGenerator<Execution[], void, void> {
  const { namespace } = client.options;
  let nextPageToken: Uint8Array = Buffer.alloc(0);
  do {
    const request = { namespace, ...list, nextPageToken };
    const page = await ask(() => client.workflowService.listWorkflowExecutions(request));
    yield page.executions.map(executionOf);
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

/** @returns makes a request that ends when the signal aborts, or after 8 s. Its errors are the SDK's, not translated */
export function abortableBy(client: Client, signal: AbortSignal): Ask {
  return (request) => client.withAbortSignal(signal, () => client.withDeadline(Date.now() + PAGE_MS, request));
}
