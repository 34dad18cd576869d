import type { ConnectionLike } from '@temporalio/client';
import { Client } from '@temporalio/client';
import { searchAttributes } from '../contract.ts';
import { GRPC, grpcCodeOf } from '../client/grpc.ts';

/** By the server's own names: `temporal.api.enums.v1.IndexedValueType`. */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, INT: 3, KEYWORD_LIST: 7 } as const;
const CLI_TYPE = { KEYWORD: 'Keyword', INT: 'Int', KEYWORD_LIST: 'KeywordList' } as const;

const WANTED = Object.values(searchAttributes);

/** The server lacks search attributes and does not let us add them. The message says what to run. */
class MissingSearchAttributesError extends Error {
  override readonly name = 'MissingSearchAttributesError';
}

function wantedOf(names: readonly string[]): typeof WANTED {
  return WANTED.filter(({ name }) => names.includes(name));
}

/** The command by which a person registers them. */
export function registerCommand(namespace: string, names: readonly string[] = WANTED.map(({ name }) => name)): string {
  const pairs = wantedOf(names).map(({ name, type }) => `--name ${name} --type ${CLI_TYPE[type]}`);
  return `temporal operator search-attribute create --namespace ${namespace} ${pairs.join(' ')}`;
}

/** The same at Temporal Cloud, which has a tool of its own for that. */
function cloudRegisterCommand(namespace: string, names: readonly string[]): string {
  const pairs = wantedOf(names).map(({ name, type }) => `--search-attribute "${name}=${CLI_TYPE[type]}"`);
  return `tcld namespace search-attributes add --namespace ${namespace} ${pairs.join(' ')}`;
}

/**
 * Makes sure that the namespace knows our search attributes: registers what is missing where the server lets it.
 * @throws MissingSearchAttributesError naming the command to run
 */
export async function ensureSearchAttributes(connection: ConnectionLike, namespace: string): Promise<void> {
  const missing = await missingAttributes(connection, namespace);
  if (missing.length === 0) return;
  try {
    await register(connection, namespace, missing);
  } catch (error) {
    // Two workers at once: the other one was first.
    if ((await missingAttributes(connection, namespace)).length === 0) return;
    throw new MissingSearchAttributesError(
      `namespace ${namespace} lacks the search attributes ${missing.join(', ')}, and the server does not let the worker add them. ` +
        `Run: ${registerCommand(namespace, missing)} (in Temporal Cloud: ${cloudRegisterCommand(namespace, missing)}, or add them in its UI), ` +
        'or set JOBTRACK_SEARCH_ATTRIBUTES=off to do without.',
      { cause: error },
    );
  }
}

/** A server that cannot tell what it knows refuses all for the one that it has: then each is added by itself. */
async function register(connection: ConnectionLike, namespace: string, names: readonly string[]): Promise<void> {
  const add = async (some: readonly string[]): Promise<unknown> =>
    connection.operatorService.addSearchAttributes({ namespace, searchAttributes: typesOf(some) });
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

function typesOf(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(wantedOf(names).map(({ name, type }) => [name, INDEXED_VALUE_TYPE[type]]));
}

/** @returns the names that the namespace does not know */
export async function missingAttributes(connection: ConnectionLike, namespace: string): Promise<string[]> {
  const known = await knownAttributes(connection, namespace);
  if (known !== null) return WANTED.map(({ name }) => name).filter((name) => !known.includes(name));
  const found = await Promise.all(WANTED.map(({ name }) => answersFor(connection, namespace, name)));
  return WANTED.map(({ name }) => name).filter((_, index) => found[index] === false);
}

/** @returns null: the server does not offer the list, as Temporal Cloud does not */
async function knownAttributes(connection: ConnectionLike, namespace: string): Promise<string[] | null> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(customAttributes ?? {});
  } catch (error) {
    if (REFUSED.includes(grpcCodeOf(error) ?? 0)) return null;
    throw error;
  }
}

const REFUSED: readonly number[] = [GRPC.PERMISSION_DENIED, GRPC.UNIMPLEMENTED, GRPC.UNAUTHENTICATED];

/** Asks by a query: one that names an unknown attribute is an invalid argument. */
async function answersFor(connection: ConnectionLike, namespace: string, name: string): Promise<boolean> {
  const client = new Client({ connection, namespace });
  try {
    await client.workflow.count(`${name} IS NULL`);
    return true;
  } catch (error) {
    const code = grpcCodeOf(error);
    // A server without visibility, such as the time-skipping one, cannot tell: `register` bears what is known.
    if (code === GRPC.INVALID_ARGUMENT || code === GRPC.UNIMPLEMENTED) return false;
    throw error;
  }
}
