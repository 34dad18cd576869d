import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountFiles } from '../../config/account-refresh.ts';
import { messageOf } from '../../client-library/grpc.ts';
import { clip } from '../../contract/text.ts';
import { maskKnown } from '../../process/masking.ts';
import type { Log } from '../log.ts';
import type { Configured } from './configured.ts';

/** How to take up changes of the files of accounts. */
interface ReloadSetup {
  readonly files: AccountFiles;
  /** Uses other accounts from now on. @returns what has changed, for the log @throws an Error with the problem; then nothing has changed */
  readonly replace: (accounts: Configured) => string;
  readonly log: Log;
  /** The least time between two looks. Default: 2 s. */
  readonly everyMs?: number;
}

const EVERY_MS = 2_000;
/** A change is taken up within 5 s. */
const EVERY_AT_MOST_MS = 4_000;
/** Looking at thousands of files may take a fiftieth of the time. */
const SHARE = 50;
const SILENT_MS = 10_000;
const MAX_SHOWN = 20;
const MAX_TEXT = 2_000;

/** What one look found. */
type Look =
  | { readonly is: 'unchanged' }
  | { readonly is: 'right'; readonly difference: string }
  | { readonly is: 'wrong'; readonly problem: string };

/** What is known of the files. `suspect`: wrong at the last look. `trouble`: wrong for sure. */
interface Standing {
  readonly suspect: string | null;
  readonly trouble: string | null;
}

/** A wrong file counts when it is wrong at two looks, because somebody may still be writing it. */
function standingAfter({ suspect, trouble }: Standing, look: Look): Standing {
  if (look.is === 'right') return { suspect: null, trouble: null };
  const problem = look.is === 'wrong' ? look.problem : suspect;
  return suspect !== null && problem !== null
    ? { suspect: null, trouble: `${REFUSED}: ${problem}` }
    : { suspect: problem, trouble };
}

/** Looks for changes of the files until it is stopped. A wrong change has no effect: the last good accounts stay. */
export function reloadAccounts(setup: ReloadSetup) {
  const { log, everyMs = EVERY_MS } = setup;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let silence: string | null = null;
  let standing: Standing = { suspect: null, trouble: null };
  const round = async (): Promise<void> => {
    const begunAtMs = performance.now();
    const looking = lookAt(setup);
    if ((await Promise.race([looking, sleep(SILENT_MS, null, { ref: false })])) === null) log.warn((silence = SILENT));
    const look = await looking;
    silence = null;
    const before = standing;
    standing = standingAfter(before, look);
    if (look.is === 'right') log.info(`JOBTRACK_ACCOUNTS has changed: ${look.difference}`);
    if (look.is === 'right' && before.trouble !== null) log.info('JOBTRACK_ACCOUNTS is right again');
    if (standing.trouble !== null && standing.trouble !== before.trouble) log.warn(standing.trouble);
    const tookMs = performance.now() - begunAtMs;
    if (!isOver) begin(Math.max(everyMs, Math.min(SHARE * tookMs, EVERY_AT_MOST_MS)));
  };
  const begin = (inMs: number): void => void (timer = setTimeout(() => void round(), inMs).unref());
  begin(everyMs);
  return {
    /** @returns why the accounts are older than their files; null: they are not */
    trouble: () => silence ?? standing.trouble,
    stop: (): void => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

async function lookAt({ files, replace }: ReloadSetup): Promise<Look> {
  try {
    const change = await files.refresh();
    if (change === null) return { is: 'unchanged' };
    if (change.problems.length > 0) return { is: 'wrong', problem: shown(change.problems) };
    return { is: 'right', difference: replace(change) };
  } catch (error) {
    return { is: 'wrong', problem: shown([messageOf(error)]) };
  }
}

const SILENT =
  'the files of JOBTRACK_ACCOUNTS do not answer, so their changes have no effect: check the mount they are on';
const REFUSED = 'JOBTRACK_ACCOUNTS has changed, but is wrong, so the accounts stay as they were';

function shown(problems: readonly string[]): string {
  const more = problems.length > MAX_SHOWN ? `; and ${problems.length - MAX_SHOWN} more problems` : '';
  return maskKnown(`${clip(problems.slice(0, MAX_SHOWN).join('; '), MAX_TEXT)}${more}`);
}
