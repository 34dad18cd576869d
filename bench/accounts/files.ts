import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEEPWRITER_API_KEY } from '../../src/simulators/simulator.ts';

/** An entry of the file of accounts. */
interface Entry {
  readonly provider: 'deepwriter';
  readonly tokenEnv: string;
  readonly baseUrl: string;
  readonly requestsPerMinute?: number;
}

/** The variables that the accounts of `entriesOf` need. */
export const CREDENTIAL = { BENCH_CREDENTIAL: DEEPWRITER_API_KEY };

export function accountName(index: number): string {
  return `client-${index}`;
}

/** @param budget requests per minute of each account; left out: none */
export function entriesOf(count: number, baseUrl: string, budget?: number): Record<string, Entry> {
  const entry: Entry = {
    provider: 'deepwriter',
    tokenEnv: 'BENCH_CREDENTIAL',
    baseUrl,
    ...(budget === undefined ? {} : { requestsPerMinute: budget }),
  };
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [accountName(index), entry]));
}

/** Writes the file in one step, so that no worker reads half of it. @returns its path */
export async function writeAccounts(folder: string, entries: Record<string, Entry>): Promise<string> {
  const path = join(folder, 'accounts.json');
  await writeFile(`${path}.new`, JSON.stringify(entries));
  await rename(`${path}.new`, path);
  return path;
}
