import type { SimulatorControl } from '../../src/simulators/control/interface.ts';
import type { Step } from '../../src/simulators/model.ts';

/** The percentage points of each rise of progress. null: the job shows no progress. */
export const COST_PROFILES = { none: null, 'steady 10 %': 10, 'steady 1 %': 1 } as const;
export type CostProfile = keyof typeof COST_PROFILES;

const shown = (status: string, progress: number | null): Step['answer'] => ({
  status,
  progress,
  percent_complete: progress,
});

export interface JobPlan {
  durationMs: number;
  /** The final status that the service shows. Default `completed`. */
  ending?: 'completed' | 'cancelled';
}

function stepsOf(profile: CostProfile, { durationMs, ending }: Required<JobPlan>): Step[] {
  const step = COST_PROFILES[profile];
  const count = step === null ? 1 : 100 / step;
  const running = Array.from({ length: count }, (_, index) => ({
    afterMs: (durationMs * index) / count,
    answer: shown('in_progress', step === null ? null : index * step),
  }));
  return [...running, { afterMs: durationMs, answer: shown(ending, step === null ? null : 100) }];
}

/** Makes a job that runs for `durationMs` from now. @returns its id */
export async function makeJob(
  control: SimulatorControl,
  profile: CostProfile,
  { durationMs, ending = 'completed' }: JobPlan,
): Promise<string> {
  const steps = stepsOf(profile, { durationMs, ending });
  const { jobId } = await control.createJob({ scenario: 'script', steps, expected: { status: ending } });
  return jobId;
}
