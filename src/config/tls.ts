import type { ClientConfigProfile } from '@temporalio/envconfig';
import { FILE_BYTES, readFileNow } from './file.ts';
import { know } from './known-secrets.ts';
import { unquoted } from './pasted.ts';
import type { Report } from './row.ts';

type Tls = NonNullable<ClientConfigProfile['tls']>;
type Source = NonNullable<Tls['clientCert']>;

const CERTIFICATE = ['certificate', /-----BEGIN [A-Z ]*CERTIFICATE-----/] as const;
const KEY = ['key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/] as const;

const PARTS = [
  ['clientCert', 'CLIENT_CERT', CERTIFICATE],
  ['clientKey', 'CLIENT_KEY', KEY],
  ['serverCACert', 'SERVER_CA_CERT', CERTIFICATE],
] as const;

/**
 * Reads the files of certificates and keys. The SDK would wait for the writer of a FIFO, and would report a file without PEM as a server
 * that cannot be reached.
 */
export function withTlsData(tls: Tls, report: Report): Tls {
  const read = PARTS.map(([field, name, kind]) => {
    const given = tls[field];
    if (given === undefined) return [field, undefined] as const;
    const variable = `TEMPORAL_TLS_${name}_${'path' in given ? 'PATH' : 'DATA'}`;
    const { text, problem } = pemIn(given, kind);
    if (field === 'clientKey') know(text);
    if (problem !== null) report(variable, problem);
    return [field, { data: Buffer.from(text ?? '') }] as const;
  });
  return { ...tls, ...Object.fromEntries(read) };
}

function pemIn(
  given: Source,
  [what, begin]: typeof CERTIFICATE | typeof KEY,
): { text: string | null; problem: string | null } {
  const isPath = 'path' in given;
  const read = isPath ? readFileNow(given.path, FILE_BYTES.pem) : { text: pemText(Buffer.from(given.data).toString()) };
  if (read.text === null) return read;
  const problem = `${isPath ? 'names a file without' : 'is not'} a ${what} in PEM: give one`;
  return { text: read.text, problem: begin.test(read.text) ? null : problem };
}

/** In a variable of one line, people write `\n` for each line break. */
function pemText(text: string): string {
  const meant = unquoted(text);
  return meant.includes('\n') ? meant : meant.replaceAll(String.raw`\n`, '\n');
}
