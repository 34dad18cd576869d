import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  Next,
} from '@temporalio/worker';

/** Has each attempt of an activity go through `around`, which makes it by calling what it is given. */
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
