import { ControlError } from '../control/error.ts';
import type { CreateJob, ScenarioInfo } from '../control/interface.ts';
import { DEEPWRITER_CANCELS } from '../deepwriter/cancels.ts';
import { DEEPWRITER_COURSES } from '../deepwriter/courses.ts';
import { DEEPWRITER_ODDITIES } from '../deepwriter/oddities.ts';
import { DOCSWRITE_COURSES } from '../docswrite/courses.ts';
import { DOCSWRITE_IDENTITIES } from '../docswrite/identities.ts';
import { DOCSWRITE_ODDITIES } from '../docswrite/oddities.ts';
import { DOCSWRITE_RETRIES } from '../docswrite/retries.ts';
import type { Ending, Service, Step } from '../model.ts';
import { TIMING, stepsOf, readParams, type Plan, type Scenario } from './scenario.ts';

/** All scenarios. Add a new one to one of these files. */
export const SCENARIOS: Record<Service, Record<string, Scenario>> = {
  docswrite: { ...DOCSWRITE_COURSES, ...DOCSWRITE_RETRIES, ...DOCSWRITE_IDENTITIES, ...DOCSWRITE_ODDITIES },
  deepwriter: { ...DEEPWRITER_COURSES, ...DEEPWRITER_ODDITIES, ...DEEPWRITER_CANCELS },
};

/** The scenario with the caller's own steps. */
const SCRIPT = 'script';

/** A scenario as steps. */
export interface Played extends Omit<Plan, 'moves' | 'twin'> {
  steps: Step[];
  twinSteps: Step[] | null;
  expectedOnCancel: Ending;
}

function onCancel(service: Service, plan: Plan): Ending {
  if (service === 'docswrite') return { status: 'abandoned', note: 'the service has no cancel' };
  return plan.expectedOnCancel ?? (plan.asksCancel === true ? plan.expected : { status: 'cancelled' });
}

function script(service: Service, ask: CreateJob): Played {
  if (ask.steps === undefined || ask.steps.length === 0) throw new ControlError('a script needs steps');
  const expected: Ending = ask.expected ?? { status: 'never', note: 'a script does not say how it is to be read' };
  return { steps: ask.steps, twinSteps: null, expected, expectedOnCancel: onCancel(service, { moves: [], expected }) };
}

/** @returns the steps of a job to create @throws ControlError for an unknown scenario or a wrong parameter */
export function planned(service: Service, ask: CreateJob): Played {
  if (ask.scenario === SCRIPT) return script(service, ask);
  const scenario = SCENARIOS[service][ask.scenario];
  if (scenario === undefined) {
    throw new ControlError(
      `${service} has no scenario ${ask.scenario}; it has ${SCRIPT}, ${Object.keys(SCENARIOS[service]).join(', ')}`,
    );
  }
  const params = readParams(ask.scenario, scenario, ask.params);
  const { moves, twin, ...plan } = scenario.plan(params);
  return {
    ...plan,
    expected: ask.expected ?? plan.expected,
    expectedOnCancel: onCancel(service, { ...plan, moves }),
    steps: ask.steps ?? stepsOf(moves, params),
    twinSteps: twin === undefined ? null : stepsOf(twin, params),
  };
}

export function scenarioInfos(service: Service): ScenarioInfo[] {
  const named = Object.entries(SCENARIOS[service]).map(([name, { about, numbers, pitfalls, params, choices }]) => ({
    name,
    about,
    numbers: numbers.filter((number) => number > 0),
    pitfalls,
    params: { ...TIMING, ...params },
    choices: choices ?? {},
  }));
  return [
    { name: SCRIPT, about: "the caller's own `steps`", numbers: [], pitfalls: '', params: {}, choices: {} },
    ...named,
  ];
}
