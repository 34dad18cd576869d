import type { ExaminedConfig } from '../../config/index.ts';
import type { Account } from '../../config/account.ts';
import type { Check } from './check.ts';
import { failed, ok, warning } from './check.ts';

const NAME = 'configuration';

/** All that is wrong with the worker's configuration, or likely a slip. */
export function judgeConfiguration(examined: ExaminedConfig): Check {
  const { warnings, accounts } = examined.config;
  const problems = [...examined.problems, ...examined.temporalProblems];
  if (problems.length > 0) {
    const told = problems.map(({ variable, problem }) => `${variable}: ${problem}`);
    return failed(NAME, told.join('; '), 'correct the environment variables; docs/operations.md explains each');
  }
  if (warnings.length > 0) return warning(NAME, warnings.join('; '), 'correct the name, or take the variable away');
  return ok(NAME, `can be read; ${accounts.length} account${accounts.length === 1 ? '' : 's'}`);
}

/** What every command but doctor refuses to run with. */
export function isRefusedByCommands({ problems, temporalProblems }: ExaminedConfig): boolean {
  return temporalProblems.length > 0 || problems.some(({ variable }) => variable === 'JOBTRACK_TASK_QUEUE');
}

/**
 * A wrong setting of a default account stands at its default meanwhile, so its credential would be shown to another service.
 * A token file that cannot be read is no such setting: the account itself says so.
 */
export function isMisconfigured({ provider, name }: Account, { problems }: ExaminedConfig): boolean {
  const prefix = `${provider.toUpperCase()}_`;
  return (
    name === 'default' &&
    problems.some(({ variable }) => variable.startsWith(prefix) && variable !== `${prefix}TOKEN_FILE`)
  );
}
