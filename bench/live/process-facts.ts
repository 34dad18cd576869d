import { readFile } from 'node:fs/promises';

/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;

/** @returns the CPU time of a process so far, user and system, in ms: fields 14 and 15 of `/proc/<pid>/stat` */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name may contain blanks; field 3 follows it
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** @returns when a process began, ms since the epoch: field 22 of `/proc/<pid>/stat` counts from the start of the machine */
export async function beganAtMsOf(pid: number): Promise<number> {
  const [stat, uptime] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/uptime', 'utf8')]);
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return Date.now() - Number(uptime.split(' ')[0]) * 1_000 + ticks * TICK_MS;
}

/** @returns the resident memory of a process, in MB */
export async function memoryMbOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
}
