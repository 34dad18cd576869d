import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { startDevServer } from '../src/embedded/dev-server.ts';
import { withCleanUp } from '../src/process/clean-up.ts';
import { createLogger, installRuntime } from '../src/process/telemetry.ts';
import { type Rig, type RigOptions, startRig } from '../test/support/rig.ts';
import { devServerExecutable } from '../test/support/servers.ts';

/** Runs `play` on a rig with its own development server, the same server as users have. Stops both afterwards. */
export async function withRig<Value>(
  options: Partial<RigOptions>,
  play: (rig: Rig, address: string) => Promise<Value>,
): Promise<Value> {
  installRuntime({
    logger: createLogger({ level: 'error', format: 'pretty' }),
    metricsAddress: null,
    logLevel: 'error',
  });
  const server = await startDevServer({ executable: await devServerExecutable() });
  const { address } = server;
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  const playOnRig = async (): Promise<Value> => {
    const rig = await startRig({ client: new Client({ connection: clientConnection }), connection, ...options });
    return withCleanUp(
      () => play(rig, address),
      () => rig.close(),
    );
  };
  return withCleanUp(playOnRig, async () => {
    await clientConnection.close();
    await connection.close();
    await server.stop();
  });
}
