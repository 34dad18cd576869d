// DeepWriter's simulator as a process of its own. An additional route returns only the times of the status requests, by job.
import { createServer } from 'node:http';
import { programLine } from '../../src/process/program-line.ts';
import { wholeNumberFrom } from '../../test/support/number-arguments.ts';
import { startSimulator } from '../../src/simulators/simulator.ts';

const about = "DeepWriter's simulator for a benchmark, which starts it; prints its addresses as JSON.";
const line = programLine('npx tsx bench/live/simulator.ts', about).argument(
  '[seed]',
  'of job ids',
  wholeNumberFrom(0),
  1,
);
const simulator = await startSimulator({ service: 'deepwriter', seed: Number(line.parse().processedArgs[0]) });

async function readsSince(sinceMs: number): Promise<Record<string, number[]>> {
  const byJob: Record<string, number[]> = {};
  for (const { jobId, atMs } of await simulator.control.requests({ route: 'status', sinceMs })) {
    if (jobId !== null) (byJob[jobId] ??= []).push(atMs);
  }
  return byJob;
}

const reads = createServer((request, response) => {
  const sinceMs = Number(new URL(request.url ?? '/', 'http://any').searchParams.get('sinceMs') ?? 0);
  const answer = async (): Promise<unknown> => response.end(JSON.stringify(await readsSince(sinceMs)));
  void answer();
});
reads.listen(0, '127.0.0.1', () => {
  const address = reads.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ url: simulator.url, readsUrl: `http://127.0.0.1:${port}` })}\n`);
});
