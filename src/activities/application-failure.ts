import type { ApplicationFailureOptions } from '@temporalio/common';
import { ApplicationFailure } from '@temporalio/activity';

/** A failure without a stack trace: people see it in the UI for hours, and the place in our code does not help them. */
export function withoutStack(options: ApplicationFailureOptions): ApplicationFailure {
  const failure = ApplicationFailure.create(options);
  failure.stack = '';
  return failure;
}
