import { inspect } from 'node:util';
import { ConfigError, type ConfigProblem, type Environment, loadConfig } from '../../src/config/index.ts';

/** Good for nothing, and nothing else contains it. */
export const TOKEN = 'dw_live_FAKE-0123456789';

/** The error with which a load ends; it is an error itself if there is none. */
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

/** Every way in which a value gets printed. */
export function printed(value: unknown): string {
  const stack = value instanceof Error ? String(value.stack) : '';
  return [String(value), JSON.stringify(value), inspect(value, { depth: 9, showHidden: true }), stack].join('\n');
}
