import type { ConnectionLike } from '@temporalio/client';
import { attributeFindings } from '../../src/worker-host/search-attributes.ts';

/** @returns our search attributes that the namespace lacks */
export async function missingAttributes(connection: ConnectionLike, namespace: string): Promise<readonly string[]> {
  return (await attributeFindings(connection, namespace, true)).missing;
}
