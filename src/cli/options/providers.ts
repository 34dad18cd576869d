import { workflowIdOf } from '../../client-library/job-ids.ts';
import type { ProviderParameter, ProviderTraits } from '../../contract/providers.ts';
import { PROVIDERS } from '../../providers/registry/traits.ts';
import { listText } from '../views/text.ts';

// The command line says of a service what the service's own traits say: a new service needs no line here.

/** An option that names a job besides its provider and id. */
interface ParameterOption {
  /** As in a reference to a job: `paperSize`. Commander gives the option's value under the same name. */
  readonly name: string;
  /** `--paper-size`. */
  readonly option: string;
  /** `paper size`. */
  readonly words: string;
  readonly description: string;
}

function optionOf(parameter: ProviderParameter): ParameterOption {
  const { name, meaning = name, default: fallback } = parameter;
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return {
    name,
    option: `--${words.replaceAll(' ', '-')}`,
    words,
    description: `${meaning}; ${fallback} if left out`,
  };
}

const ALL = PROVIDERS.flatMap(({ parameters }) => parameters.map(optionOf));

/** One option for each parameter; two services may have one of the same name. */
export const PARAMETERS: readonly ParameterOption[] = [...new Map(ALL.map((each) => [each.name, each])).values()].map(
  (each) => {
    const descriptions = ALL.filter(({ name }) => name === each.name).map(({ description }) => description);
    return { ...each, description: descriptions.join('. ') };
  },
);

/** `one, another or a third`, for the argument that names a provider. */
export const PROVIDER_NAMES = listText(
  PROVIDERS.map(({ name }) => name),
  'or',
);

/** `One, Another and a Third`, as the services write themselves. */
export const PROVIDER_TITLES = listText(
  PROVIDERS.map(({ name, title = name }) => title),
  'and',
);

/** The id of an example at a service that names none. */
const DEFAULT_EXAMPLE = '42';

/** @returns how a job of this provider is typed, with an id in its form */
export function exampleJobAt({
  name,
  exampleJobId = DEFAULT_EXAMPLE,
}: Pick<ProviderTraits, 'name' | 'exampleJobId'>): string {
  return `${name} ${exampleJobId}`;
}

const [first] = PROVIDERS;
const withExample =
  PROVIDERS.find(({ parameters }) => parameters.some(({ example }) => example !== undefined)) ?? first;
const typedExamples = withExample.parameters.flatMap((parameter) =>
  parameter.example === undefined ? [] : [`${optionOf(parameter).option} ${parameter.example}`],
);

/** Jobs for the examples of help texts. */
export const EXAMPLES = {
  job: exampleJobAt(first),
  jobWithParameter: [exampleJobAt(withExample), ...typedExamples].join(' '),
  /** At a service that has a cancel. */
  jobToCancel: exampleJobAt(PROVIDERS.find(({ canCancel }) => canCancel) ?? first),
  workflowId: workflowIdOf({ provider: first.name, jobId: first.exampleJobId ?? DEFAULT_EXAMPLE }),
} as const;
