import type { z } from 'zod';
import { asMeant, quoteProblem } from './pasted.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Takes one problem; `problem` goes on from the variable's name and says what to do, without the value. */
export type Report = (variable: string, problem: string) => void;

/** One variable. `default` is written as in the environment; null: none. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly default: string | null;
  readonly secret?: boolean;
}

/** A variable, and how its text is read. */
export interface Row<Value = unknown> extends Omit<Setting, 'name'> {
  readonly schema: z.ZodType<Value, string>;
}

/** @returns the rows as the documentation shows them */
export function settingsOf(rows: Readonly<Record<string, Row>>): Setting[] {
  return Object.entries(rows).map(([name, { meaning, default: fallback, secret = false }]) => ({
    name,
    meaning,
    default: fallback,
    ...(secret ? { secret } : {}),
  }));
}

/** An empty value is none: compose files and shells write one for a variable that is not set. */
export function isGiven(env: Environment, name: string): boolean {
  return valueOf(env, name) !== null;
}

/** @returns the value, null: not given. Own properties only: an account may name any variable, `constructor` too. */
export function valueOf(env: Environment, name: string): string | null {
  return (Object.hasOwn(env, name) && env[name]) || null;
}

/** Reads one variable, checked. @returns its default, null where there is none, if it is not given or is wrong */
export function readRow<Value>(
  { env, report }: { env: Environment; report: Report },
  name: string,
  row: Row<Value>,
): Value | null {
  const given = valueOf(env, name);
  const meant = given === null ? null : asMeant(given);
  const odd = quoteProblem(meant ?? '');
  if (odd !== null) report(name, `${odd}: set it to the value alone`);
  const parsed = meant === null || odd !== null ? null : row.schema.safeParse(meant);
  for (const { message } of parsed?.error?.issues ?? []) report(name, message);
  if (parsed?.success) return parsed.data;
  return row.default === null ? null : row.schema.parse(row.default);
}
