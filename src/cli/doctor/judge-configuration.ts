import type { ExaminedConfig } from '../../config/index.ts';
import type { Account } from '../../config/accounts.ts';
import { type Check, failed, ok, warning } from './check.ts';

const NAME = 'configuration';

/** Reports the problems and warnings of the worker's configuration. */
export function judgeConfiguration(examined: ExaminedConfig): Check {
  const { warnings, accounts } = examined.config;
  const problems = [...examined.problems, ...examined.temporalProblems];
  if (problems.length > 0) {
    const texts = problems.map(({ variable, problem }) => `${variable}: ${problem}`);
    return failed(NAME, texts.join('; '), 'correct the environment variables; docs/operations.md explains each');
  }
  if (warnings.length > 0) return warning(NAME, warnings.join('; '), 'correct the name, or take the variable away');
  return ok(NAME, `can be read; ${accounts.length} account${accounts.length === 1 ? '' : 's'}`);
}

/** @returns whether all other commands refuse this configuration */
export function isRefusedByCommands({ problems, temporalProblems }: ExaminedConfig): boolean {
  return temporalProblems.length > 0 || problems.some(({ variable }) => variable === 'JOBTRACK_TASK_QUEUE');
}

/**
 * @returns whether an account must not be used. A wrong setting is replaced by its default, so the credential could go to another address.
 * A token file that cannot be read is not counted: the check of the account reports it.
 */
export function isMisconfigured({ provider, name }: Account, { problems }: ExaminedConfig): boolean {
  const prefix = `${provider.toUpperCase()}_`;
  return (
    name === 'default' &&
    problems.some(({ variable }) => variable.startsWith(prefix) && variable !== `${prefix}TOKEN_FILE`)
  );
}
