import { plainText } from './text.ts';

/** What is wrong with one field of what a caller sent. */
export type Problem = { readonly field: string; readonly problem: string };

const MAX_FIELD = 100;

/** More would fill a failure, and nobody reads them. */
const MAX_PROBLEMS = 20;

/** Names a field by a key that a caller wrote, which may be any text. */
export function fieldOf(at: string, key: string): string {
  return plainText(at === '' ? key : `${at}.${key}`, MAX_FIELD);
}

/** @returns the first 20 problems, and how many more there are as one more */
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
