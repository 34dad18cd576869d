import type { Environment, ExaminedConfig } from '../../config.ts';
import { settings } from '../../config.ts';
import type { Mask } from '../../providers/text.ts';
import { maskOf, MIN_MASKED } from '../../providers/text.ts';
import { secretOf } from './ask-accounts.ts';
import type { Check } from './check.ts';

const SECRET_NAMES = settings.filter(({ secret }) => secret === true).map(({ name }) => name);

/**
 * The last line of defence of I2: texts of servers and libraries stand in the report, and a library that refuses a header quotes it.
 */
export function masked(checks: readonly Check[], env: Environment, { config, temporal }: ExaminedConfig): Check[] {
  const secrets = [
    ...Object.entries(env).flatMap(([name, value]) => (isSecret(name) && value !== undefined ? [value.trim()] : [])),
    ...config.accounts.map(secretOf),
    ...[temporal.connectionOptions?.apiKey].filter((key) => typeof key === 'string'),
  ].filter(({ length }) => length >= MIN_MASKED);
  const mask: Mask = secrets.map(maskOf).reduce(
    (inner, outer) => (text) => outer(inner(text)),
    (text: string) => text,
  );
  return checks.map((check) => ({
    ...check,
    message: mask(check.message),
    hint: check.hint === null ? null : mask(check.hint),
  }));
}

function isSecret(name: string): boolean {
  return SECRET_NAMES.some((secret) => (secret.endsWith('*') ? name.startsWith(secret.slice(0, -1)) : name === secret));
}
