import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkAuthorities } from '../../../../src/cli/doctor/configuration.ts';
import { createAuthority } from '../../../support/certificates.ts';
import { scratchFolder } from '../../../support/scratch.ts';

test('additional authorities are counted; if none is named, the report says nothing', async () => {
  expect(await checkAuthorities({})).toEqual([]);
  const file = join(await scratchFolder(), 'authorities.pem');
  const [one, other] = ['one', 'other'].map((name) => createAuthority(name).certificate);
  await writeFile(file, `${one}${other}`);
  const message = '2 further authorities for services by NODE_EXTRA_CA_CERTS';
  expect(await checkAuthorities({ NODE_EXTRA_CA_CERTS: file })).toEqual([
    { name: 'authorities', status: 'ok', message, hint: null },
  ]);
});

test('a file that Node cannot use is a warning, because Node itself continues without it', async () => {
  const folder = await scratchFolder();
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  await writeFile(join(folder, 'text'), 'no certificate');
  const checks = await Promise.all(
    ['none', 'fifo', 'text'].map((name) => checkAuthorities({ NODE_EXTRA_CA_CERTS: join(folder, name) })),
  );
  expect(checks.flat().map(({ status, message }) => [status, message])).toEqual([
    [
      'warning',
      'NODE_EXTRA_CA_CERTS names a file that cannot be read (ENOENT): check the path and who may read it; Node goes on without it',
    ],
    [
      'warning',
      'NODE_EXTRA_CA_CERTS names a pipe, a socket or a device: give the path of a regular file, or of a link to one; Node goes on without it',
    ],
    ['warning', 'NODE_EXTRA_CA_CERTS names a file without a certificate in PEM; Node goes on without it'],
  ]);
});
