import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

type Interceptor = ReturnType<typeof makeGrpcRetryInterceptor>;
type Call = ReturnType<Parameters<Interceptor>[1]>;
type Listener = NonNullable<Parameters<Call['start']>[1]>;

/** Requests of a connection, as the server gets them: each attempt counts. */
export interface CallCounts {
  /** Reads of a history that are open now, which the server counts as long polls, and the most at one time. */
  longPolls: number;
  mostLongPolls: number;
  /** Answers RESOURCE_EXHAUSTED. */
  refused: number;
  /** All requests. */
  calls: number;
}

const RESOURCE_EXHAUSTED = 8;

/** Connects a client whose requests are counted. */
export async function countedClient(address: string): Promise<{ client: Client; counts: CallCounts }> {
  const counts: CallCounts = { longPolls: 0, mostLongPolls: 0, refused: 0, calls: 0 };
  const count: Interceptor = (options, nextCall) => {
    const call = nextCall(options);
    const weight = options.method_definition.path.endsWith('/GetWorkflowExecutionHistory') ? 1 : 0;
    const start = call.start.bind(call);
    call.start = (metadata, listener) => {
      counts.calls += 1;
      counts.longPolls += weight;
      counts.mostLongPolls = Math.max(counts.mostLongPolls, counts.longPolls);
      const onStatus = (code: number): void => {
        counts.longPolls -= weight;
        if (code === RESOURCE_EXHAUSTED) counts.refused += 1;
      };
      start(metadata, listener && heard(listener, onStatus));
    };
    return call as ReturnType<Interceptor>;
  };
  // The counter comes after the retries of the SDK, so that it sees each of them.
  const interceptors = [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), count];
  const connection = await Connection.connect({ address, interceptors });
  return { client: new Client({ connection }), counts };
}

function heard(listener: Partial<Listener>, onStatus: (code: number) => void): Partial<Listener> {
  return {
    onReceiveMetadata: (metadata) => listener.onReceiveMetadata?.(metadata),
    onReceiveMessage: (message) => {
      listener.onReceiveMessage?.(message);
    },
    onReceiveStatus: (status) => {
      onStatus(status.code);
      listener.onReceiveStatus?.(status);
    },
  };
}
