import { ControlError } from '../control/error.ts';
import type { CancelPlan, Credential, Ending, Fields, Json, Step } from '../model.ts';

/** A step of a named scenario. `at` is in units. `stepMs` or `stepPolls` of the caller converts them to time or polls. */
export interface Move extends Step {
  at?: number;
}

/** A scenario with its parameters. */
export interface Plan {
  moves: Move[];
  expected: Ending;
  cancel?: CancelPlan;
  /** Default: `expected` if `asksCancel`; otherwise the usual ending at the service. */
  expectedOnCancel?: Ending;
  /** The scenario needs a cancel while the job runs. Default: false. */
  asksCancel?: boolean;
  /** Another job with the same id, in the other queue. */
  twin?: Move[];
  /** If given, the job gets its own credential. */
  credential?: Pick<Credential, 'style' | 'callsLeft' | 'expiresAtMs'>;
}

/** A course of a job, with parameters. */
export interface Scenario {
  about: string;
  /** See `ScenarioInfo.numbers`; 0: none. */
  numbers: number[];
  pitfalls: string;
  /** Parameters with their defaults, besides `stepMs` and `stepPolls`. */
  params?: Fields;
  /** The allowed values of a parameter, if they are a list. */
  choices?: Record<string, Json[]>;
  plan(params: Given): Plan;
}

/** Reads parameters: the given value, or the default. */
export interface Given {
  number(name: string): number;
  text(name: string): string;
  flag(name: string): boolean;
  json(name: string): Json;
  /** Converts units to ms, for timestamps that fit the steps. */
  ms(units: number): number;
}

/** Parameters of every scenario: ms for each unit, or polls for each unit. */
export const TIMING: Fields = { stepMs: 1000, stepPolls: null };

/** @throws ControlError for an unknown parameter, a wrong type, or a value outside its choices */
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

/** Converts units to ms, or to polls if `stepPolls` is given. */
export function stepsOf(moves: readonly Move[], params: Given): Step[] {
  const polls = params.json('stepPolls');
  return moves.map(({ at, ...step }) => {
    if (at === undefined) return step;
    return typeof polls === 'number'
      ? { ...step, afterPolls: Math.round(at * polls) }
      : { ...step, afterMs: params.ms(at) };
  });
}
