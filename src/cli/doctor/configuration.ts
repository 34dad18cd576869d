import { type Environment, type ExaminedConfig } from '../../config/index.ts';
import { accountVariable, prefixOf } from '../../config/account-settings.ts';
import type { Account } from '../../config/accounts.ts';
import { FILE_BYTES, readFile } from '../../config/file.ts';
import { DEFAULT_ACCOUNT } from '../../contract/index.ts';
import { CONFIGURATION_HINT } from '../exit.ts';
import { counted } from '../views/text.ts';
import { type Check, failed, ok, warning } from './report.ts';

/** Reports the problems and warnings of the worker's configuration. */
export function judgeConfiguration(examined: ExaminedConfig): Check {
  const name = 'configuration';
  const { warnings, accounts, knownAccounts } = examined.config;
  const problems = [...examined.problems, ...examined.temporalProblems];
  if (problems.length > 0) {
    const texts = problems.slice(0, MAX_LISTED).map(({ variable, problem }) => `${variable}: ${problem}`);
    const more = problems.length > MAX_LISTED ? `; and ${problems.length - MAX_LISTED} more problems` : '';
    const ofFiles = problems.some(({ variable }) => variable === 'JOBTRACK_ACCOUNTS') ? `; ${RUNNING_HINT}` : '';
    return failed(name, `${texts.join('; ')}${more}`, `${CONFIGURATION_HINT}${ofFiles}`);
  }
  if (warnings.length > 0) return warning(name, warnings.join('; '), 'correct the name, or take the variable away');
  const known = knownAccounts.length === 0 ? '' : `, and ${knownAccounts.length} of other workers`;
  return ok(name, `can be read; ${counted(accounts.length, 'account')}${known}`);
}

const MAX_LISTED = 20;
const RUNNING_HINT = 'workers that run keep the accounts that they have';

/** @returns whether all other commands refuse this configuration */
export function isRefusedByCommands({ problems, temporalProblems }: ExaminedConfig): boolean {
  return temporalProblems.length > 0 || problems.some(({ variable }) => variable === 'JOBTRACK_TASK_QUEUE');
}

/**
 * @returns whether an account must not be used. A wrong setting is replaced by its default, so the credential could go to another address.
 * A token file that cannot be read is not counted: the check of the account reports it.
 */
export function isMisconfigured({ provider, name }: Account, { problems }: ExaminedConfig): boolean {
  const prefix = prefixOf(provider);
  return (
    name === DEFAULT_ACCOUNT &&
    problems.some(({ variable }) => variable.startsWith(prefix) && variable !== accountVariable(provider, 'tokenFile'))
  );
}

const READ_MS = 2_000;
const CERTIFICATE = /-----BEGIN [A-Z ]*CERTIFICATE-----/g;

/** Checks the file of `NODE_EXTRA_CA_CERTS`. Node reads it before our code, and silently ignores a file that it cannot use. */
export async function checkAuthorities({ NODE_EXTRA_CA_CERTS: path = '' }: Environment): Promise<Check[]> {
  if (path === '') return [];
  const name = 'authorities';
  const read = await readFile(path, FILE_BYTES.pem, READ_MS);
  const count = read.text?.match(CERTIFICATE)?.length ?? 0;
  if (count > 0) {
    const further = `${count} further ${count === 1 ? 'authority' : 'authorities'}`;
    return [ok(name, `${further} for services by NODE_EXTRA_CA_CERTS`)];
  }
  const why = read.text === null ? read.problem : 'names a file without a certificate in PEM';
  const hint = 'give it a PEM file with the certificate of the authority, and start the worker again';
  return [warning(name, `NODE_EXTRA_CA_CERTS ${why}; Node goes on without it`, hint)];
}
