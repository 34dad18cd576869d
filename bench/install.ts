// What a client-only back end installs and loads: the packed package in an empty folder, with npm and the registry.
// It takes about a minute for each checkout.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { withCleanUp } from '../src/process/clean-up.ts';
import { programLine } from '../src/process/program-line.ts';
import { must } from '../test/deploy/tools.ts';
import { root } from '../test/support/marked.ts';
import { quantileOf } from './statistics.ts';

const commandLine = programLine(
  'npx tsx bench/install.ts',
  'What a client-only back end installs, and how long it loads.',
)
  .option('--baseline <folder>', 'first measure the package of another checkout, which has its packages installed')
  .option('--with <packages...>', 'packages to install beside it, such as @temporalio/worker', []);
const { baseline, with: others } = commandLine.parse().opts<{ baseline?: string; with: string[] }>();
const TIMES = 10;
const note = (line: string): void => void process.stderr.write(`${line}\n`);

interface Installed {
  folder: string;
  /** Of the archive, and of `node_modules`, kB. */
  archiveKb: number;
  installedKb: number;
  packages: number;
}

async function install(checkout: string, folder: string): Promise<Installed> {
  note(`packing ${checkout}, and installing it in an empty folder`);
  await must('npm', ['run', 'build'], { cwd: checkout });
  const packed = await must('npm', ['pack', '--json', '--pack-destination', folder], { cwd: checkout });
  const [{ filename, size }] = JSON.parse(packed.slice(packed.indexOf('['))) as [{ filename: string; size: number }];
  await must('npm', ['init', '-y'], { cwd: folder });
  await must('npm', ['install', '--no-audit', '--no-fund', join(folder, filename), ...others], { cwd: folder });
  const listed = await must('npm', ['query', '*'], { cwd: folder });
  const used = await must('du', ['-sk', 'node_modules'], { cwd: folder });
  const packages = (JSON.parse(listed) as { path: string }[]).filter(({ path }) => path !== folder);
  return {
    folder,
    archiveKb: Math.round(size / 1_000),
    installedKb: Number.parseInt(used, 10),
    packages: packages.length,
  };
}

async function takesMs(script: string, folder: string): Promise<number> {
  const startMs = performance.now();
  await must(process.execPath, ['-e', script], { cwd: folder });
  return performance.now() - startMs;
}

interface Loads {
  importMs: number;
  /** Of Temporal's client alone, which is a part of it. */
  clientMs: number;
  requireMs: number;
}

/** Measures all installations in turn, so that a busy machine affects them alike. @returns the medians less those of an empty program, ms */
async function measureLoads(all: readonly Installed[]): Promise<Loads[]> {
  const packages = ['durable-job-tracker', '@temporalio/client'];
  const scripts = ['0', ...packages.map((name) => `import('${name}')`), `require('${packages[0]}')`];
  const took = all.map(() => scripts.map((): number[] => []));
  for (let time = 0; time <= TIMES; time++) {
    for (const [nth, { folder }] of all.entries()) {
      for (const [which, script] of scripts.entries()) {
        const tookMs = await takesMs(script, folder);
        if (time > 0) took[nth]?.[which]?.push(tookMs); // the first one fills the cache of the file system
      }
    }
  }
  return took.map((ofOne) => {
    const [emptyMs = 0, importMs = 0, clientMs = 0, requireMs = 0] = ofOne.map((values) => quantileOf(values, 0.5));
    const less = (ms: number): number => Math.round(ms - emptyMs);
    return { importMs: less(importMs), clientMs: less(clientMs), requireMs: less(requireMs) };
  });
}

const checkouts = [...(baseline === undefined ? [] : [resolve(baseline)]), root];
const home = await mkdtemp(join(tmpdir(), 'jobtrack-bench-'));
await withCleanUp(
  async () => {
    const all: Installed[] = [];
    for (const [nth, checkout] of checkouts.entries()) {
      const folder = join(home, String(nth));
      await must('mkdir', [folder], { cwd: home });
      all.push(await install(checkout, folder));
    }
    const loads = await measureLoads(all);
    const rows = all.map(({ archiveKb, installedKb, packages }, nth) => ({
      package: checkouts[nth],
      'archive kB': archiveKb,
      'node_modules MB': Math.round(installedKb / 1_024),
      packages,
      'import ms': loads[nth]?.importMs,
      "of Temporal's client ms": loads[nth]?.clientMs,
      'require ms': loads[nth]?.requireMs,
    }));
    console.table(rows);
  },
  () => rm(home, { recursive: true }),
);
