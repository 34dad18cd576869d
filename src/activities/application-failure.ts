import type { ApplicationFailureOptions } from '@temporalio/common';
import { ApplicationFailure } from '@temporalio/activity';

/** A failure without a stack: it stands in the UI for hours, and where in our code it was said helps nobody there. */
export function reported(options: ApplicationFailureOptions): ApplicationFailure {
  const failure = ApplicationFailure.create(options);
  failure.stack = '';
  return failure;
}
