import { expect, test } from 'vitest';
import { type ActionsRow, playActions } from '../support/actions-play.ts';
import { isUpdatingDocs, markedIn } from '../support/marked.ts';
import { startWorkflowRig } from '../support/workflow-rig.ts';

const REGENERATE = 'UPDATE_DOCS=1 npx vitest run --project workflow test/workflow/actions.test.ts';
const HEAD = ['job', 'polls', 'actions', 'of these heartbeats', 'actions with `JOBTRACK_HOLD_MS=0`'];

const lineOf = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const cellsOf = ({ job, ...numbers }: ActionsRow): (string | number)[] => [job, ...Object.values(numbers)];

/** Ten plays of the same jobs differed by this much: skipped time is not exact to the ms, and a slightly later forecast changes the polls. */
function isNear(told: number, measured: number): boolean {
  return Math.abs(told - measured) <= Math.max(5, told * 0.15);
}

test('the table in docs/operations.md has the real numbers of actions of typical jobs', async () => {
  const rig = await startWorkflowRig({ seed: 1, config: { reportEveryMs: 5_000 } });
  try {
    const rows = (await playActions(rig)).map(cellsOf);
    const marked = markedIn('docs/operations.md', 'actions');
    if (isUpdatingDocs) {
      marked.write([HEAD, HEAD.map(() => '---'), ...rows].map(lineOf).join('\n'));
      return;
    }
    const told = marked.text.split('\n').map((line) => line.slice(2, -2).split(' | '));
    const asTold = rows.map(([job, ...numbers], index) => {
      const cells = told[index + 2] ?? [];
      return [
        job,
        ...numbers.map((number, at) => (isNear(Number(cells[at + 1]), Number(number)) ? cells[at + 1] : number)),
      ];
    });
    expect(told.slice(2), `the table is out of date: run ${REGENERATE}`).toEqual(asTold);
  } finally {
    await rig.close();
  }
});
