import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';
import { type Rig, type RigOptions, startRig } from './rig.ts';
import { sharedWorkflowBundle } from './workflow-bundle.ts';

/** Starts a rig with its own connections on the shared development server of the test run. */
export async function startDevServerRig(options: Partial<RigOptions> = {}): Promise<Rig> {
  const address = inject('temporalAddress');
  const [connection, clientConnection, workflowBundle] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
    sharedWorkflowBundle(),
  ]);
  const client = new Client({ connection: clientConnection });
  const rig = await startRig({ client, connection, ...options, worker: { workflowBundle, ...options.worker } });
  const close = async (): Promise<void> => {
    await rig.close();
    await clientConnection.close();
    await connection.close();
  };
  return { ...rig, close };
}
