import { commandsOf, shellUnder } from '../../support/snippets.ts';
import { must } from '../tools.ts';
import { type Cluster, PASSWORD } from './cluster.ts';

// Runs the commands of docs/operations.md without the container: a command for the container runs on this machine.

const [backUpBlock = '', restoreBlock = ''] = shellUnder('docs/operations.md', 'Retention and backup');
const DATA = '/var/lib/postgresql/data';

/** @returns the command that a line runs in the container of the database. @throws Error if the line runs none there */
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
    PGHOST: '127.0.0.1', // in the image the socket needs no password; here it does
    PGPORT: String(postgres.port),
    PGPASSWORD: PASSWORD,
  };
  await must('sh', ['-c', inContainer(line).replace(DATA, postgres.data)], { cwd: folder, env });
}

export async function backUp(cluster: Cluster): Promise<void> {
  for (const line of commandsOf(backUpBlock)) await runInContainer(cluster, line);
}

/** Stops the server, deletes the database, and restores both from the backup. */
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
