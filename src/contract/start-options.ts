import type { TrackJobInput } from './plan.ts';
import { uiSummaryOf } from './render.ts';
import { wire } from './wire.ts';

/** Whether a closed workflow of the same id is started again. */
export type Reuse = 'ALLOW_DUPLICATE' | 'REJECT_DUPLICATE';

/** What is started, and where. */
export interface StartTarget {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly input: TrackJobInput;
}

/** @returns the options of every start: by the client, by Nexus, and as a child */
export function startOptionsOf({ taskQueue, workflowId, input }: StartTarget, reuse: Reuse) {
  const summary = uiSummaryOf(input.job);
  return {
    workflowId,
    taskQueue,
    args: [input] as [TrackJobInput],
    workflowIdReusePolicy: reuse,
    staticSummary: summary,
    memo: { [wire.summaryMemo]: summary }, // the static summary does not survive continue-as-new
  };
}
