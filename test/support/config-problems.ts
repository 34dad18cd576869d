import { inspect } from 'node:util';
import { ConfigError, type ConfigProblem, type Environment, loadConfig } from '../../src/config/index.ts';

/** An invented token. No other text contains it. */
export const TOKEN = 'dw_live_FAKE-0123456789';

/** @returns the error that a load throws. @throws Error if it throws none */
export function configErrorOf(load: () => unknown): ConfigError {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('no problem was found');
}

export function problemsOf(env: Environment): readonly ConfigProblem[] {
  return configErrorOf(() => loadConfig(env)).problems;
}

export function wrongVariablesOf(env: Environment): string[] {
  return problemsOf(env).map(({ variable }) => variable);
}

/** @returns a value in all ways in which it can be printed */
export function printed(value: unknown): string {
  const stack = value instanceof Error ? String(value.stack) : '';
  return [String(value), JSON.stringify(value), inspect(value, { depth: 9, showHidden: true }), stack].join('\n');
}
