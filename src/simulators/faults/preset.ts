import { ControlError } from '../control/error.ts';
import type { Action, Fields } from '../model.ts';

/** A fault with a name and parameters. */
export interface FaultPreset {
  about: string;
  /** See `ScenarioInfo.numbers`. */
  numbers: number[];
  pitfalls: string;
  params: Fields;
  make(params: Given): Action;
}

/** Reads parameters of a preset: the given value, or the default. */
export interface Given {
  number(name: string): number;
  text(name: string): string;
  flag(name: string): boolean;
}

/** @throws ControlError */
export function fail(message: string): never {
  throw new ControlError(message);
}

export const HTML =
  '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>';
export const html = { 'content-type': 'text/html; charset=UTF-8' };
