import type { z } from 'zod';
import { unquoted, quoteProblem } from './pasted.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Receives one problem. `problem` continues the sentence that begins with the variable, says what to do, and never has the value. */
export type Report = (variable: string, problem: string) => void;

/** One variable, for the documentation. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  /** As text of the environment. Default: none. */
  readonly default?: string;
  /** The value is masked in all output. Default: false. */
  readonly secret?: boolean;
}

/** A variable, with the schema that reads its text. */
export interface Row<Value = unknown> extends Omit<Setting, 'name'> {
  readonly schema: z.ZodType<Value, string>;
}

/**
 * @returns the value; null: not given. An empty value counts as not given, because compose files and shells write it for an unset
 * variable. Only own properties count, because an account may name any variable, even `constructor`.
 */
export function valueOf(env: Environment, name: string): string | null {
  return (Object.hasOwn(env, name) && env[name]) || null;
}

/** Reads and checks one variable. @returns the value; if it is missing or wrong, the default; null: there is no default */
export function readRow<Value>(
  { env, report }: { env: Environment; report: Report },
  name: string,
  row: Row<Value>,
): Value | null {
  const given = valueOf(env, name);
  const meant = given === null ? null : unquoted(given);
  const odd = quoteProblem(meant ?? '');
  if (odd !== null) report(name, `${odd}: set it to the value alone`);
  const parsed = meant === null || odd !== null ? null : row.schema.safeParse(meant);
  for (const { message } of parsed?.error?.issues ?? []) report(name, message);
  if (parsed?.success) return parsed.data;
  return row.default === undefined ? null : row.schema.parse(row.default);
}
