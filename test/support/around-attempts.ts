import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  Next,
} from '@temporalio/worker';

/** Wraps each attempt of an activity in `around`, which runs the attempt by calling its argument. */
export function aroundAttempts(
  around: (attempt: () => Promise<unknown>) => Promise<unknown>,
): ActivityInterceptorsFactory {
  class Interceptor implements ActivityInboundCallsInterceptor {
    async execute(
      input: ActivityExecuteInput,
      next: Next<ActivityInboundCallsInterceptor, 'execute'>,
    ): Promise<unknown> {
      return around(() => next(input));
    }
  }
  return () => ({ inbound: new Interceptor() });
}
