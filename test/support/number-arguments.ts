import { InvalidArgumentError } from 'commander';

/** @returns a parser of whole numbers that are at least `least`, for options and arguments */
export function wholeNumberFrom(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}

/** @returns a parser of numbers that are at least `least`, for options and arguments */
export function numberFrom(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a number from ${least}.`);
  };
}
