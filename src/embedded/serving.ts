import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Child } from './child.ts';
import { withCleanUp } from '../process/clean-up.ts';

/** A server that is starting. */
export type Awaited = {
  address: string;
  child: Child;
  timeoutMs: number;
  namespace?: string; // if given: wait until it exists and the cluster is healthy
};

const service = 'temporal.api.workflowservice.v1.WorkflowService';

/**
 * Waits until the server answers by gRPC.
 * @throws EndedEarlyError if it ends before; Error if it does not answer in time. Both have its last output
 */
export async function untilServing(awaited: Awaited): Promise<void> {
  const { child, timeoutMs } = awaited;
  const deadlineMs = Date.now() + timeoutMs;
  const life = { ended: false };
  void child.exited.then(() => (life.ended = true));
  let why: unknown;
  while (!life.ended && Date.now() < deadlineMs) {
    const answered = ask(awaited).then(
      () => null,
      (error: unknown) => error,
    );
    why = await Promise.race([answered, child.exited]); // a call to a closed port lasts until its timeout
    if (why === null && !life.ended) return;
    await Promise.race([sleep(100), child.exited]);
  }
  const output = `\n${child.lastLines().join('\n')}`.trimEnd();
  if (life.ended) throw new EndedEarlyError(`The server at ${awaited.address} ended while starting.${output}`);
  const reason = String(why).split('\n')[0];
  throw new Error(
    `The server at ${awaited.address} did not answer within ${timeoutMs / 1_000} s (${reason}).${output}`,
  );
}

/** The server's process ended before it served. A retry with other ports may succeed. */
export class EndedEarlyError extends Error {
  override readonly name = 'EndedEarlyError';
}

function isServing(status: number): boolean {
  return status === 1; // SERVING of grpc.health.v1; the client does not export this enum
}

async function ask({ address, namespace }: Awaited): Promise<void> {
  // The server is on this machine, so no proxy is used. `connect` also makes a first call.
  const channelArgs = { 'grpc.enable_http_proxy': 0 };
  const connection = await Connection.connect({ address, channelArgs, connectTimeout: 2_000 });
  const check = async (): Promise<void> => {
    if (namespace === undefined) return;
    await connection.withDeadline(Date.now() + 2_000, async () => {
      const { status } = await connection.healthService.check({ service });
      if (!isServing(status)) throw new Error(`cluster health is ${String(status)}`);
      await connection.workflowService.describeNamespace({ namespace });
    });
  };
  await withCleanUp(check, () => connection.close());
}
