import { inputProblems as problemsIn } from '../../src/contract/input.ts';
import type { Problem } from '../../src/contract/problem.ts';
import { PROVIDERS } from '../../src/providers/registry/traits.ts';

/** @returns the problems of an input, for the built-in services */
export function inputProblems(input: unknown): Problem[] {
  return problemsIn(input, PROVIDERS);
}
