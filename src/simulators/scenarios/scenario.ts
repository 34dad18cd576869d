import { ControlError } from '../control/error.ts';
import type { CancelPlan, Credential, Ending, Fields, Json, Step } from '../model.ts';

/** A step of a named scenario. `at` is in units, which the caller's `stepMs` or `stepPolls` turns into time or polls. */
export interface Move extends Step {
  at?: number;
}

export interface Plan {
  moves: Move[];
  expected: Ending;
  cancel?: CancelPlan;
  /** As `expected` if left out and `asksCancel`; else what the service usually does. */
  expectedOnCancel?: Ending;
  /** The scenario is about a cancel: the caller has to ask one while the job is under way. */
  asksCancel?: boolean;
  /** Another job with the same id, in the other queue. */
  twin?: Move[];
  /** The job gets a credential of its own. */
  credential?: Pick<Credential, 'style' | 'callsLeft' | 'expiresAtMs'>;
}

export interface Scenario {
  about: string;
  /** Lines of providers.md section 6; 0 where it plays the plain course of things. */
  numbers: number[];
  pitfalls: string;
  /** With their defaults; `stepMs` and `stepPolls` come on top. */
  params?: Fields;
  /** What a parameter may be, where that is a list. */
  choices?: Record<string, Json[]>;
  plan(params: Given): Plan;
}

/** Parameters as given, else their defaults. */
export interface Given {
  number(name: string): number;
  text(name: string): string;
  flag(name: string): boolean;
  json(name: string): Json;
  /** ms of so many units: for timestamps that fit the steps. */
  ms(units: number): number;
}

export const TIMING: Fields = { stepMs: 1000, stepPolls: null };

/** @throws ControlError for a parameter that the scenario has not, a wrong type, or a value outside its choices */
export function readParams(name: string, scenario: Scenario, given: Fields = {}): Given {
  const defaults: Fields = { ...TIMING, ...scenario.params };
  for (const [key, value] of Object.entries(given)) {
    if (!(key in defaults))
      throw new ControlError(`${name} has no parameter ${key}; it has ${Object.keys(defaults).join(', ')}`);
    const choices = scenario.choices?.[key];
    if (choices !== undefined && !choices.includes(value))
      throw new ControlError(`${name}: ${key} must be one of ${JSON.stringify(choices)}`);
  }
  const all: Fields = { ...defaults, ...given };
  const wrong = (key: string, type: string): never => {
    throw new ControlError(`${name}: ${key} must be a ${type}`);
  };
  const number = (key: string): number => {
    const value = all[key];
    return typeof value === 'number' ? value : wrong(key, 'number');
  };
  return {
    number,
    text: (key) => {
      const value = all[key];
      return typeof value === 'string' ? value : wrong(key, 'text');
    },
    flag: (key) => {
      const value = all[key];
      return typeof value === 'boolean' ? value : wrong(key, 'boolean');
    },
    json: (key) => all[key] ?? null,
    ms: (units) => units * number('stepMs'),
  };
}

/** Turns units into time, or into polls where the caller asked for that. */
export function stepsOf(moves: readonly Move[], params: Given): Step[] {
  const polls = params.json('stepPolls');
  return moves.map(({ at, ...step }) => {
    if (at === undefined) return step;
    return typeof polls === 'number'
      ? { ...step, afterPolls: Math.round(at * polls) }
      : { ...step, afterMs: params.ms(at) };
  });
}
