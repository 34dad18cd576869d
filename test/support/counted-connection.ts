import type { Connection } from '@temporalio/client';

/** Requests of a connection, as a server counts them. */
export interface RequestCounts {
  /** Long polls that are open now, and the most at one time. */
  longPolls: number;
  mostLongPolls: number;
  lists: number;
  /** Executions in the answers to lists. */
  listed: number;
  /** Describes that have been answered. */
  describes: number;
  /** Queries so far, those that run now, and the most at one time. */
  queries: number;
  querying: number;
  mostQuerying: number;
}

/**
 * Wraps a connection, to count its requests.
 * @param refusesLists each list fails, as on a server without visibility
 */
export function countedConnection(
  connection: Connection,
  refusesLists = false,
): { connection: Connection; counts: RequestCounts } {
  const counts: RequestCounts = {
    longPolls: 0,
    mostLongPolls: 0,
    lists: 0,
    listed: 0,
    describes: 0,
    queries: 0,
    querying: 0,
    mostQuerying: 0,
  };
  type Service = Connection['workflowService'];
  const service = connection.workflowService;
  const counted: Partial<Record<keyof Service, (ask: never) => unknown>> = {
    getWorkflowExecutionHistory: async (ask: Parameters<Service['getWorkflowExecutionHistory']>[0]) => {
      const weight = ask.waitNewEvent === true ? 1 : 0;
      counts.longPolls += weight;
      counts.mostLongPolls = Math.max(counts.mostLongPolls, counts.longPolls);
      return service.getWorkflowExecutionHistory(ask).finally(() => (counts.longPolls -= weight));
    },
    listWorkflowExecutions: async (ask: Parameters<Service['listWorkflowExecutions']>[0]) => {
      counts.lists += 1;
      if (refusesLists) throw new Error('this server has no visibility');
      const page = await service.listWorkflowExecutions(ask);
      counts.listed += page.executions.length;
      return page;
    },
    queryWorkflow: async (ask: Parameters<Service['queryWorkflow']>[0]) => {
      counts.queries += 1;
      counts.querying += 1;
      counts.mostQuerying = Math.max(counts.mostQuerying, counts.querying);
      return service.queryWorkflow(ask).finally(() => (counts.querying -= 1));
    },
    describeWorkflowExecution: async (ask: Parameters<Service['describeWorkflowExecution']>[0]) => {
      return service.describeWorkflowExecution(ask).finally(() => (counts.describes += 1));
    },
  };
  const workflowService = withReplaced(service, counted);
  return { connection: withReplaced(connection, { workflowService }), counts };
}

function withReplaced<Whole extends object>(whole: Whole, parts: Partial<Record<keyof Whole, unknown>>): Whole {
  return new Proxy(whole, {
    get: (target, name, receiver): unknown =>
      name in parts ? parts[name as keyof Whole] : Reflect.get(target, name, receiver),
  });
}
