import { NativeConnection } from '@temporalio/worker';
import { type AccountFunction, createTrackerWorker, loadWorkerConfig } from 'durable-job-tracker/worker';

const VAULT = 'https://vault.example/accounts';

/** Asks a vault over HTTP. null: there is no such account. An error, or no answer within 10 s: the last good answer stays. */
const accounts: AccountFunction = async (provider, name) => {
  const response = await fetch(`${VAULT}/${provider}/${name}`, { signal: AbortSignal.timeout(5_000) });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the vault answers with ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  return { credential: token, requestsPerMinute: 60 };
};

const { config, temporal } = loadWorkerConfig();
const connection = await NativeConnection.connect(temporal.connectionOptions);
const worker = await createTrackerWorker({ connection, namespace: temporal.namespace, config, accounts });
process.once('SIGTERM', worker.shutdown).once('SIGINT', worker.shutdown);
await worker.run();
await connection.close();
