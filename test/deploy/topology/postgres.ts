import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../../../src/embedded/child.ts';
import { findOnPath } from '../../../src/embedded/executable.ts';
import { run } from '../../../src/embedded/run.ts';
import { must } from '../tools.ts';

export interface Postgres {
  port: number;
  /** The folder of PostgreSQL's programs. */
  bin: string;
  /** The folder of the data. */
  data: string;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  /** Kills PostgreSQL, and deletes its data. */
  lose: () => Promise<void>;
}

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

/** PostgreSQL refuses to run as root, so root runs it as another user. */
function asNobody(command: string, args: readonly string[]): [string, string[]] {
  if (!isRoot) return [command, [...args]];
  return ['setpriv', [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', command, ...args]];
}

/** Starts a database cluster in `folder`, with one superuser `temporal`, like that of the image. */
export async function startPostgres(
  folder: string,
  { port, password }: { port: number; password: string },
): Promise<Postgres> {
  const bin = await binaries();
  const [data, secret] = [join(folder, 'data'), join(folder, 'password')];
  await mkdir(data, { recursive: true });
  await writeFile(secret, password);
  if (isRoot) await Promise.all([folder, data, secret].map((path) => chown(path, NOBODY, NOBODY)));
  await chmod(data, 0o700);
  const made = ['-D', data, '-U', 'temporal', '-A', 'scram-sha-256', '--pwfile', secret, '-E', 'UTF8', '--no-sync'];
  await must(...asNobody(join(bin, 'initdb'), made), { cwd: folder });
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  let child: Child | null = null;
  const start = async (): Promise<void> => {
    if (isRoot) await must('chown', ['-R', `${NOBODY}:${NOBODY}`, data]); // the image does the same when it starts
    child = await startChild(...asNobody(join(bin, 'postgres'), args), { cwd: folder });
    await untilReady(join(bin, 'pg_isready'), port, child);
  };
  await start();
  return {
    port,
    bin,
    data,
    start,
    stop: async () => void (await child?.stop(20_000)),
    lose: async () => {
      child?.kill();
      await child?.exited;
      await rm(data, { recursive: true });
      await mkdir(data, { mode: 0o700 });
    },
  };
}

async function untilReady(command: string, port: number, child: Child): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    // This is the health check of the compose file.
    const { code } = await run(command, ['-h', '127.0.0.1', '-U', 'temporal', '-d', 'postgres', '-p', String(port)]);
    if (code === 0) return;
    await sleep(200);
  }
  throw new Error(`PostgreSQL does not serve:\n${child.lastLines().join('\n')}`);
}

/** @returns the folder of PostgreSQL's programs: from the PATH, or else from Debian's package, which root can install */
async function binaries(): Promise<string> {
  const found = await findOnPath('initdb', process.env);
  if (found !== null && (await findOnPath('pg_isready', process.env)) !== null) return dirname(await real(found));
  const installed = newest();
  if (installed !== null) return installed;
  if (!isRoot) throw new Error('PostgreSQL is needed: apt-get install postgresql, or put initdb on the PATH');
  await must('apt-get', ['install', '-y', '--no-install-recommends', 'postgresql']);
  return newest() ?? 'no PostgreSQL';
}

async function real(path: string): Promise<string> {
  return (await must('readlink', ['-f', path])).trim();
}

function newest(): string | null {
  try {
    const version = readdirSync('/usr/lib/postgresql').toSorted().at(-1);
    return version === undefined ? null : join('/usr/lib/postgresql', version, 'bin');
  } catch {
    return null;
  }
}
