import { ANSWERS } from './answers.ts';
import { fail, type FaultPreset } from './preset.ts';
import type { Action, Fields, Json } from '../model.ts';
import { WAITS } from './waits.ts';
import { WIRE } from './connection.ts';

/** All fault presets. Add a new one to one of these files. */
export const FAULT_PRESETS: Record<string, FaultPreset> = { ...WAITS, ...ANSWERS, ...WIRE };

/** @throws ControlError for an unknown name or parameter, or a value of a wrong type */
export function presetAction(name: string, params: Fields = {}): Action {
  const preset =
    FAULT_PRESETS[name] ?? fail(`no fault preset ${name}; there are ${Object.keys(FAULT_PRESETS).join(', ')}`);
  const unknown = Object.keys(params).filter((key) => !(key in preset.params));
  if (unknown.length > 0) fail(`${name} has no parameter ${unknown.join(', ')}`);
  const read = (key: string): Json | undefined => params[key] ?? preset.params[key];
  const wrong = (key: string, type: string): never => fail(`${name}: ${key} must be a ${type}`);
  return preset.make({
    number: (key) => {
      const value = read(key);
      return typeof value === 'number' ? value : wrong(key, 'number');
    },
    text: (key) => {
      const value = read(key);
      return typeof value === 'string' ? value : wrong(key, 'text');
    },
    flag: (key) => {
      const value = read(key);
      return typeof value === 'boolean' ? value : wrong(key, 'boolean');
    },
  });
}
