import { plainText } from './text.ts';

/** A problem of one field. `problem` continues the sentence that begins with the field. */
export type Problem = { readonly field: string; readonly problem: string };

const MAX_FIELD = 100;

/** More would make a failure too long to read. */
const MAX_PROBLEMS = 20;

/** @returns the name of a field, cleaned and shortened, because the key may be any text of a caller */
export function fieldOf(at: string, key: string): string {
  return plainText(at === '' ? key : `${at}.${key}`, MAX_FIELD);
}

export function problemUnless(isRight: boolean, field: string, problem: string): Problem[] {
  return isRight ? [] : [{ field, problem }];
}

export function isWholeMs(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}

/** @returns the first 20 problems, and one more with the number of the others */
export function firstProblems(problems: readonly Problem[]): readonly Problem[] {
  const more = problems.length - MAX_PROBLEMS;
  if (more <= 0) return problems;
  return [...problems.slice(0, MAX_PROBLEMS), { field: 'input', problem: `has ${more} more problems` }];
}

/** @returns one sentence that names each wrong field */
export function sentenceOf(problems: readonly Problem[]): string {
  return firstProblems(problems)
    .map(({ field, problem }) => `${field} ${problem}`)
    .join('; ');
}
