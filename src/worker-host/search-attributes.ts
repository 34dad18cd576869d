import { Client, type ConnectionLike } from '@temporalio/client';
import { searchAttributes } from '../contract/index.ts';
import { GRPC, grpcCodeOf, messageOf } from '../client-library/grpc.ts';
import type { AttributeChoice } from '../contract/plan.ts';

/** Names of the tools, indexed by the numbers of `temporal.api.enums.v1.IndexedValueType`. */
const TYPE_NAMES = ['Unspecified', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];
const CLI_TYPE = { KEYWORD: 'Keyword', INT: 'Int', KEYWORD_LIST: 'KeywordList' } as const;

const WANTED = Object.values(searchAttributes);

/** The namespace lacks search attributes, and the worker may not add them; or one has another type. The message says what to run. */
class MissingSearchAttributesError extends Error {
  override readonly name = 'MissingSearchAttributesError';
}

/** @returns whether jobs carry the search attribute of this name */
export function isChosen(choice: AttributeChoice, name: string): boolean {
  return choice === true || (choice !== false && choice.includes(name));
}

function wantedOf(choice: AttributeChoice): typeof WANTED {
  return WANTED.filter(({ name }) => isChosen(choice, name));
}

/** @returns the command that registers search attributes */
export function registerCommand(namespace: string, choice: AttributeChoice = true): string {
  const pairs = wantedOf(choice).map(({ name, type }) => `--name ${name} --type ${CLI_TYPE[type]}`);
  return `temporal operator search-attribute create --namespace ${namespace} ${pairs.join(' ')}`;
}

/** @returns the same for Temporal Cloud, which has its own tool */
function cloudRegisterCommand(namespace: string, names: readonly string[]): string {
  const pairs = wantedOf(names).map(({ name, type }) => `--search-attribute "${name}=${CLI_TYPE[type]}"`);
  return `tcld namespace search-attributes add --namespace ${namespace} ${pairs.join(' ')}`;
}

/** A search attribute of ours that exists with another type. Its type cannot be changed; it can only be removed. */
export interface Mistyped {
  readonly name: string;
  readonly has: string;
  readonly wanted: string;
}

/** Search attributes that a namespace lacks, or has with another type. */
export interface AttributeFindings {
  readonly missing: readonly string[];
  readonly mistyped: readonly Mistyped[];
}

/** The advice to use fewer attributes, or none. */
const FEWER = 'set JOBTRACK_SEARCH_ATTRIBUTES to the names of some, such as JobState,JobHealth,JobLabels, or to off';

/** @returns a sentence that names the attributes of another type */
export function mistypedSentence(namespace: string, mistyped: readonly Mistyped[]): string {
  const each = mistyped.map(({ name, has, wanted }) => `${name} is ${has} and should be ${wanted}`).join(', ');
  return `namespace ${namespace} uses search attributes of our names for something else: ${each}`;
}

/** @returns the ways to repair it, as a clause */
export function mistypedHint(namespace: string, mistyped: readonly Mistyped[]): string {
  const names = mistyped.map(({ name }) => `--name ${name}`).join(' ');
  return `use another namespace, or remove them if nobody needs them (temporal operator search-attribute remove --namespace ${namespace} ${names}), or ${FEWER}`;
}

/**
 * Checks that the namespace has the chosen search attributes, with their types. It registers missing ones, if the server allows it.
 * @throws MissingSearchAttributesError with the problem, the reason, and the command to run
 */
export async function ensureSearchAttributes(
  connection: ConnectionLike,
  namespace: string,
  choice: AttributeChoice = true,
): Promise<void> {
  if (choice === false) return;
  const { missing, mistyped } = await attributeFindings(connection, namespace, choice);
  if (mistyped.length > 0) {
    throw new MissingSearchAttributesError(
      `${mistypedSentence(namespace, mistyped)}. Ways out: ${mistypedHint(namespace, mistyped)}.`,
    );
  }
  if (missing.length === 0) return;
  try {
    await register(connection, namespace, missing);
  } catch (error) {
    // Another worker may have registered them at the same time.
    if ((await attributeFindings(connection, namespace, choice)).missing.length === 0) return;
    throw new MissingSearchAttributesError(
      `namespace ${namespace} lacks the search attributes ${missing.join(', ')}, and the server does not let the worker add them: ${messageOf(error)}. ` +
        `Run: ${registerCommand(namespace, missing)} (in Temporal Cloud: ${cloudRegisterCommand(namespace, missing)}, or add them in its UI), or ${FEWER}.`,
      { cause: error },
    );
  }
}

/** Adds all at once. If one exists already, the server refuses all, so they are added one by one. */
async function register(connection: ConnectionLike, namespace: string, names: readonly string[]): Promise<void> {
  const add = async (some: readonly string[]): Promise<unknown> =>
    connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(wantedOf(some).map(({ name, type }) => [name, typeNumberOf(type)])),
    });
  try {
    await add(names);
  } catch (error) {
    if (grpcCodeOf(error) !== GRPC.ALREADY_EXISTS) throw error;
    for (const name of names) await add([name]).catch(unlessKnown);
  }
}

function unlessKnown(error: unknown): void {
  if (grpcCodeOf(error) !== GRPC.ALREADY_EXISTS) throw error;
}

function typeNumberOf(type: keyof typeof CLI_TYPE): number {
  return TYPE_NAMES.indexOf(CLI_TYPE[type]);
}

/** Compares the namespace with the chosen attributes. Without a list of the server, types are not compared. @throws the SDK's errors */
export async function attributeFindings(
  connection: ConnectionLike,
  namespace: string,
  choice: AttributeChoice,
): Promise<AttributeFindings> {
  const chosen = wantedOf(choice);
  const known = await knownAttributes(connection, namespace);
  if (known === null) {
    const found = await Promise.all(chosen.map(({ name }) => answersFor(connection, namespace, name)));
    return { missing: chosen.filter((_, index) => found[index] === false).map(({ name }) => name), mistyped: [] };
  }
  const missing = chosen.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  const mistyped = chosen.flatMap(({ name, type }): Mistyped[] => {
    const has = known.get(name);
    if (has === undefined || has === typeNumberOf(type)) return [];
    return [{ name, has: TYPE_NAMES[has] ?? 'of another type', wanted: CLI_TYPE[type] }];
  });
  return { missing, mistyped };
}

/** @returns names and types; null: the server does not offer the list (Temporal Cloud) */
async function knownAttributes(connection: ConnectionLike, namespace: string): Promise<Map<string, number> | null> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return new Map(Object.entries(customAttributes ?? {}).map(([name, type]) => [name, type]));
  } catch (error) {
    if (REFUSED.includes(grpcCodeOf(error) ?? 0)) return null;
    throw error;
  }
}

const REFUSED: readonly number[] = [GRPC.PERMISSION_DENIED, GRPC.UNIMPLEMENTED, GRPC.UNAUTHENTICATED];

/** Finds out by a query whether an attribute exists. The server refuses an unknown one as an invalid argument. */
async function answersFor(connection: ConnectionLike, namespace: string, name: string): Promise<boolean> {
  const client = new Client({ connection, namespace });
  try {
    await client.workflow.count(`${name} IS NULL`);
    return true;
  } catch (error) {
    const code = grpcCodeOf(error);
    // A server without visibility, such as the time-skipping one, does not know. Then `register` tries all.
    if (code === GRPC.INVALID_ARGUMENT || code === GRPC.UNIMPLEMENTED) return false;
    throw error;
  }
}
