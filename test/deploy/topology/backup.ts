import { commandsOf, shellUnder } from '../../support/snippets.ts';
import { must } from '../tools.ts';
import { type Cluster, PASSWORD } from './cluster.ts';

// The commands of docs/operations.md, with the container taken off: what they run within it is run here.

const [backUpBlock = '', restoreBlock = ''] = shellUnder('docs/operations.md', 'Retention and backup');
const DATA = '/var/lib/postgresql/data';

/** @returns what a line runs within the database's container; @throws Error for a line that is none of this kind */
function inContainer(line: string | undefined): string {
  const exec = /^docker compose exec -T postgresql (.+)$/.exec(line ?? '')?.[1];
  if (exec !== undefined) return exec;
  const [, program, rest] =
    /^docker compose run --rm -T --no-deps --entrypoint=(\S+) postgresql (.+)$/.exec(line ?? '') ?? [];
  if (program === undefined) throw new Error(`runs nothing in the database's container: ${line}`);
  return `${program} ${rest}`;
}

async function runInContainer({ folder, postgres }: Cluster, line: string | undefined): Promise<void> {
  const env = {
    PATH: `${postgres.bin}:${process.env['PATH'] ?? ''}`,
    PGHOST: '127.0.0.1', // the image trusts its socket; here the password is asked for
    PGPORT: String(postgres.port),
    PGPASSWORD: PASSWORD,
  };
  await must('sh', ['-c', inContainer(line).replace(DATA, postgres.data)], { cwd: folder, env });
}

export async function backUp(cluster: Cluster): Promise<void> {
  for (const line of commandsOf(backUpBlock)) await runInContainer(cluster, line);
}

/** Loses server and database, and brings them back by the backup. */
export async function restore(cluster: Cluster): Promise<void> {
  const [down, removal, extraction, up, look, ...more] = commandsOf(restoreBlock);
  const around = [down, removal, up, look, ...more];
  if (around.join('; ') !== AROUND.join('; '))
    throw new Error(`the restore has other steps than tried: ${around.join('; ')}`);
  await cluster.stopServer();
  await cluster.postgres.lose();
  await runInContainer(cluster, extraction);
  await cluster.postgres.start();
}

const AROUND = [
  'docker compose down',
  'docker volume rm durable-job-tracker_postgresql-data',
  'docker compose up --wait',
  'docker compose exec worker jobtrack doctor',
];
