import type { Connection } from '@temporalio/client';
import { GRPC, grpcCodeOf } from '../client-library/grpc.ts';
import { NEXUS_ENDPOINT } from '../nexus/service.ts';

/** Where an endpoint sends its requests. */
interface EndpointTarget {
  readonly namespace: string;
  readonly taskQueue: string;
}

/** Creates the Nexus endpoint of the tracker. One of this name stays as it is. @throws the SDK's errors */
export async function ensureNexusEndpoint(connection: Connection, target: EndpointTarget): Promise<void> {
  try {
    await connection.operatorService.createNexusEndpoint({
      spec: { name: NEXUS_ENDPOINT, target: { worker: target } },
    });
  } catch (error) {
    if (grpcCodeOf(error) !== GRPC.ALREADY_EXISTS) throw error;
  }
}
