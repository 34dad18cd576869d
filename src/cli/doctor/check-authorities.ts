import type { Environment } from '../../config/index.ts';
import { FILE_BYTES, readFile } from '../../config/file.ts';
import { type Check, ok, warning } from './check.ts';

const READ_MS = 2_000;
const CERTIFICATE = /-----BEGIN [A-Z ]*CERTIFICATE-----/g;
const HINT = 'give it a PEM file with the certificate of the authority, and start the worker again';

/** Checks the file of `NODE_EXTRA_CA_CERTS`. Node reads it before our code, and silently ignores a file that it cannot use. */
export async function checkAuthorities({ NODE_EXTRA_CA_CERTS: path = '' }: Environment): Promise<Check[]> {
  if (path === '') return [];
  const name = 'authorities';
  const read = await readFile(path, FILE_BYTES.pem, READ_MS);
  if (read.text === null) return [warning(name, `NODE_EXTRA_CA_CERTS ${read.problem}; Node goes on without it`, HINT)];
  const count = read.text.match(CERTIFICATE)?.length ?? 0;
  if (count === 0) {
    return [
      warning(name, 'NODE_EXTRA_CA_CERTS names a file without a certificate in PEM; Node goes on without it', HINT),
    ];
  }
  const further = `${count} further ${count === 1 ? 'authority' : 'authorities'} for services by NODE_EXTRA_CA_CERTS`;
  return [ok(name, further)];
}
