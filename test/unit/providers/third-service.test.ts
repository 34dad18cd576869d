import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '../../support/marked.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { answering } from './service.ts';

const TRAITS = `
import type { ProviderTraits } from '../../contract/providers.ts';

export const printshopTraits: ProviderTraits<'bearer'> = {
  name: 'printshop',
  title: 'Printshop',
  parameters: [{ name: 'paperSize', default: 'a4', meaning: 'Printshop paper: a4 or a5', example: 'a5' }],
  normaliseJobId: (jobId) => jobId.trim(),
  jobIdProblem: (jobId) => (/^\\d+$/.test(jobId) ? null : 'must be digits'),
  exampleJobId: '7',
  canCancel: true,
  usualMs: null,
  auths: ['bearer'],
};
`;
const SCRIPT = 'test/support/fixtures/third-service.ts';

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Changes a file. @throws Error if a text to replace is not there */
function edit(path: string, ...changes: [from: string | RegExp, to: string][]): void {
  const before = readFileSync(path, 'utf8');
  const after = changes.reduce((text, [from, to]) => {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${path} has no ${String(from)}`);
    return changed;
  }, before);
  writeFileSync(path, after);
}

/** @returns a copy of the sources with a third service: its folder, and a line in two tables of the registry */
async function sourcesWithThird(): Promise<string> {
  const copy = await scratchFolder();
  for (const path of ['src', 'package.json', SCRIPT]) cpSync(join(root, path), join(copy, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const providers = join(copy, 'src/providers');
  write(join(providers, 'printshop/traits.ts'), TRAITS);
  cpSync(join(root, 'examples/printshop.ts'), join(providers, 'printshop/adapter.ts'));
  edit(
    join(providers, 'printshop/adapter.ts'),
    [/from 'durable-job-tracker\/provider';/, "from '../provider.ts';\nimport { printshopTraits } from './traits.ts';"],
    [/traits: \{[^]*?\n {2}\},/, 'traits: printshopTraits,'],
  );
  const importOf = (name: string, file: string): string => `import { ${name} } from '../printshop/${file}.ts';\n`;
  edit(
    join(providers, 'registry/traits.ts'),
    [/^/, importOf('printshopTraits', 'traits')],
    [/\];/, ', printshopTraits];'],
  );
  edit(join(providers, 'registry/adapters.ts'), [/^/, importOf('printshop', 'adapter')], [/\];/, ', printshop];']);
  return copy;
}

test('a third service is a folder and a line in two tables: then all other parts know it', async () => {
  const { url } = await answering({ body: { status: 'printing' } });
  const account = { PRINTSHOP_TOKEN: 'a-credential-of-the-shop', PRINTSHOP_BASE_URL: url, PRINTSHOP_AUTH: 'bearer' };
  const command = ['--import', 'tsx', join(await sourcesWithThird(), SCRIPT)];
  const env = { PATH: process.env['PATH'], ...account };
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root, env, timeout: 60_000 });
  const said = JSON.parse(stdout) as Record<string, unknown>;
  expect(said).toEqual({
    help: expect.stringContaining('Tracks jobs at Docswrite, DeepWriter and Printshop until they end'),
    statusHelp: expect.stringContaining('docswrite, deepwriter or printshop; or a workflow id'),
    listHelp: expect.stringContaining('"deepwriter", "printshop"'),
    withoutId: expect.stringContaining('such as: printshop 7'),
    withWrongId: expect.stringContaining('<jobId> must be digits'),
    address: { provider: 'printshop', jobId: '7', paperSize: 'a5' },
    parameterBesideId: expect.stringContaining('contains the queue type, the paper size and the account'),
    typedName: '--paper-size',
    workflowId: 'job:printshop:default:a4:7',
    job: { provider: 'printshop', jobId: '7', account: 'default', paperSize: 'a4' },
    accounts: [{ provider: 'printshop', name: 'default', auth: 'bearer' }],
    checks: [expect.objectContaining({ status: 'ok' })],
    tokenVariables: ['DOCSWRITE_TOKEN', 'DEEPWRITER_TOKEN', 'PRINTSHOP_TOKEN'],
    authMeaning: 'How the credential is sent: bearer; by its form if unset',
  });
  expect(said['statusHelp']).toContain('--paper-size <size> Printshop paper: a4 or a5; a4 if left out');
}, 90_000);
