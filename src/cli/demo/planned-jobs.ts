/** One job of the demo. The simulator plays its scenario. The worker is killed and replaced while the longer jobs run. */
export interface PlannedJob {
  provider: 'docswrite' | 'deepwriter';
  scenario: string;
  /** ms between two steps of the scenario. */
  stepMs: number;
  params?: Record<string, string | number | boolean>;
  /** `early`: while a worker runs. `unattended`: after the kill, while no worker runs. */
  cancel?: 'early' | 'unattended';
  /** What the job demonstrates. */
  about: string;
}

/** Since the jobs were created. */
export const CANCEL_AFTER_MS = 4_000;
export const KILL_AFTER_MS = 9_000;

/**
 * Another worker takes over a hold of the killed worker after the heartbeat timeout, up to 30 s later. So the jobs end before the kill, or
 * well after it. The end of a job between would be detected late.
 */
export const PLANNED_JOBS: readonly PlannedJob[] = [
  { provider: 'docswrite', scenario: 'success', stepMs: 900, about: 'a post is published' },
  { provider: 'docswrite', scenario: 'failure', stepMs: 1_800, about: 'a post fails' },
  {
    provider: 'docswrite',
    scenario: 'retry-backoff',
    stepMs: 1_150,
    about: 'the service tries again, and progress falls',
  },
  { provider: 'docswrite', scenario: 'partial', stepMs: 15_000, about: 'published, but images failed' },
  { provider: 'docswrite', scenario: 'success', stepMs: 6_300, about: 'a slow post that runs during the kill' },
  {
    provider: 'docswrite',
    scenario: 'long',
    stepMs: 1_000,
    cancel: 'early',
    about: 'cancelled at a service without a cancel',
  },
  { provider: 'deepwriter', scenario: 'success', stepMs: 5_000, about: 'a book that runs during the kill' },
  { provider: 'deepwriter', scenario: 'retry', stepMs: 1_000, about: 'a book that the service starts again' },
  {
    provider: 'deepwriter',
    scenario: 'cancel-confirmed',
    stepMs: 1_000,
    params: { confirmSteps: 1 },
    cancel: 'early',
    about: 'cancelled half way',
  },
  {
    provider: 'deepwriter',
    scenario: 'cancel-confirmed',
    stepMs: 1_000,
    cancel: 'unattended',
    about: 'cancelled while no worker runs',
  },
];
