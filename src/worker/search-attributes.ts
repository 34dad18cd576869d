import type { ConnectionLike } from '@temporalio/client';
import { Client } from '@temporalio/client';
import { searchAttributes } from '../contract.ts';
import { grpcCodeOf } from '../client/errors.ts';

/** By the server's own names: `temporal.api.enums.v1.IndexedValueType`. */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, INT: 3, KEYWORD_LIST: 7 } as const;
const CLI_TYPE = { KEYWORD: 'Keyword', INT: 'Int', KEYWORD_LIST: 'KeywordList' } as const;

const WANTED = Object.values(searchAttributes);

/** The server lacks search attributes and does not let us add them. The message says what to run. */
export class MissingSearchAttributesError extends Error {
  override readonly name = 'MissingSearchAttributesError';
}

/** The command by which a person registers them. */
export function registerCommand(namespace: string, names: readonly string[] = WANTED.map(({ name }) => name)): string {
  const pairs = WANTED.filter(({ name }) => names.includes(name)).map(
    ({ name, type }) => `--name ${name} --type ${CLI_TYPE[type]}`,
  );
  return `temporal operator search-attribute create --namespace ${namespace} ${pairs.join(' ')}`;
}

/**
 * Makes sure that the namespace knows our search attributes: registers what is missing where the server lets it.
 * @throws MissingSearchAttributesError naming the command to run
 */
export async function ensureSearchAttributes(connection: ConnectionLike, namespace: string): Promise<void> {
  const missing = await missingAttributes(connection, namespace);
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: typesOf(missing) });
  } catch (error) {
    // Two workers at once: the other one was first.
    if ((await missingAttributes(connection, namespace)).length === 0) return;
    throw new MissingSearchAttributesError(
      `namespace ${namespace} lacks the search attributes ${missing.join(', ')}, and the server does not let the worker add them. ` +
        `Run: ${registerCommand(namespace, missing)} (in Temporal Cloud: add them to the namespace by hand), ` +
        'or set JOBTRACK_SEARCH_ATTRIBUTES=off to do without.',
      { cause: error },
    );
  }
}

function typesOf(names: readonly string[]): Record<string, number> {
  const wanted = WANTED.filter(({ name }) => names.includes(name));
  return Object.fromEntries(wanted.map(({ name, type }) => [name, INDEXED_VALUE_TYPE[type]]));
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

const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;
const UNAUTHENTICATED = 16;
const REFUSED = [PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED];
const INVALID_ARGUMENT = 3;

/** Asks by a query: one that names an unknown attribute is an invalid argument. */
async function answersFor(connection: ConnectionLike, namespace: string, name: string): Promise<boolean> {
  const client = new Client({ connection, namespace });
  try {
    await client.workflow.count(`${name} IS NULL`);
    return true;
  } catch (error) {
    const code = grpcCodeOf(error);
    // A server without visibility, such as the time-skipping one, cannot tell; to add them again does no harm.
    if (code === INVALID_ARGUMENT || code === UNIMPLEMENTED) return false;
    throw error;
  }
}
