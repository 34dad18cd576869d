import type { ClientConfigProfile } from '@temporalio/envconfig';
import { FILE_BYTES, readFileNow } from './file.ts';
import { know } from './known-secrets.ts';
import { unquoted } from './pasted.ts';
import type { Report } from './row.ts';

type Tls = NonNullable<ClientConfigProfile['tls']>;
type Source = NonNullable<Tls['clientCert']>;

const CERTIFICATE = { what: 'certificate', begin: /-----BEGIN [A-Z ]*CERTIFICATE-----/ };
const KEY = { what: 'key', begin: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ };

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
  const data: Tls = {};
  for (const [field, name, kind] of PARTS) {
    const given = tls[field];
    if (given === undefined) continue;
    const { text, problem } = pemIn(given, kind);
    if (field === 'clientKey') know(text);
    if (problem !== null) report(`TEMPORAL_TLS_${name}_${'path' in given ? 'PATH' : 'DATA'}`, problem);
    data[field] = { data: Buffer.from(text ?? '') };
  }
  return { ...tls, ...data };
}

function pemIn(given: Source, { what, begin }: typeof KEY): { text: string | null; problem: string | null } {
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
