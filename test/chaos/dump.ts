import type { Client } from '@temporalio/client';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import type { Judged } from './judge.ts';
import type { ChaosReport } from './run.ts';

/** Writes everything that is known about each job with a problem, to help find the cause. */
export async function dump(
  folder: string,
  report: ChaosReport,
  at: { client: Client; cluster: Cluster },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'outages.json'), JSON.stringify(at.cluster.outages.all, null, 1));
  const wrong = report.judged.filter(({ problems }) => problems.length > 0);
  for (const judged of wrong) {
    const { planned } = judged.job;
    const told = await tellOf(judged, at);
    await writeFile(join(folder, `${report.schedule.seed}-${planned.name}.json`), JSON.stringify(told, null, 1));
  }
}

async function tellOf({ job, outcome, problems }: Judged, { client, cluster }: { client: Client; cluster: Cluster }) {
  const { control } = cluster.simulators[job.provider];
  const handle = client.workflow.getHandle(job.workflowId);
  const { events } = await handle.fetchHistory();
  return {
    job,
    outcome,
    problems,
    truth: await control.job(job.jobId),
    progress: await handle.query('progress').catch(String),
    timeline: await handle.query('timeline').catch(String),
    requests: (await control.requests({ jobId: job.jobId })).map((request) => ({ ...request, headers: null })),
    events: (events ?? []).map((event) => JSON.parse(JSON.stringify(event)) as unknown),
  };
}
