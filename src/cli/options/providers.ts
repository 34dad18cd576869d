import { workflowIdOf } from '../../client-library/job-ids.ts';
import type { ProviderParameter, ProviderTraits } from '../../contract/providers.ts';
import { PROVIDERS } from '../../providers/registry/traits.ts';
import { listText } from '../views/text.ts';

// Everything about a service comes from its traits. A new service needs no change here.

/** An option for a parameter of a job. */
interface ParameterOption {
  /** The key in `JobRef`, such as `paperSize`. Commander uses the same name. */
  readonly name: string;
  /** `--paper-size`. */
  readonly option: string;
  /** `paper size`. */
  readonly words: string;
  readonly description: string;
}

function optionOf({ name, meaning = name, default: fallback }: ProviderParameter): ParameterOption {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return { name, option: `--${words.replaceAll(' ', '-')}`, words, description: `${meaning}; ${fallback} if left out` };
}

const ALL = PROVIDERS.flatMap(({ parameters }) => parameters.map(optionOf));

/** One option for each name of a parameter. Two services may share a name. */
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

/** `One, Another and a Third`, in the services' own spelling. */
export const PROVIDER_TITLES = listText(
  PROVIDERS.map(({ name, title = name }) => title),
  'and',
);

/** The id in examples, for a service without an example of its own. */
const DEFAULT_EXAMPLE = '42';

/** @returns the arguments for a job of this provider, with an example id */
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
  /** Of a service with a cancel. */
  jobToCancel: exampleJobAt(PROVIDERS.find(({ canCancel }) => canCancel) ?? first),
  workflowId: workflowIdOf({ provider: first.name, jobId: first.exampleJobId ?? DEFAULT_EXAMPLE }),
} as const;
