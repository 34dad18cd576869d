import type { CancelPhase } from '../../../src/contract/index.ts';

// The one table of how a cancel ends: 3 ways to ask, at 6 moments, of a service with 7 behaviours. An ending follows from way and
// behaviour; the few exceptions that a moment makes stand below.

export const WAYS = ['signal', 'update', 'native cancellation'] as const;
export const BEHAVIOURS = [
  'confirms',
  'confirms late',
  'completes anyway',
  'refuses',
  'is down for 20 calls',
  'refuses the credential for cancel only',
  'has no cancel',
] as const;
/** By the server that they are played on. */
export const MOMENTS = {
  timeSkipping: ['before the first poll', 'waiting', 'in retry', 'degraded', 'at continue-as-new'],
  real: ['holding'],
} as const;

export type Way = (typeof WAYS)[number];
export type Behaviour = (typeof BEHAVIOURS)[number];
export type Moment = (typeof MOMENTS)['timeSkipping' | 'real'][number];

export interface Cell {
  way: Way;
  moment: Moment;
  behaviour: Behaviour;
}

export function cellsOf(moments: readonly Moment[]): Cell[] {
  return moments.flatMap((moment) =>
    BEHAVIOURS.flatMap((behaviour) => WAYS.map((way): Cell => ({ way, moment, behaviour }))),
  );
}

/** What tells one outcome from another: results and times are other tests' business. */
export type Said =
  | { status: 'completed' }
  | { status: 'cancelled'; by: 'request' | 'service'; confirmed: boolean }
  | { status: 'abandoned'; why: 'cancel-unsupported' | 'cancel-refused' | 'cancel-unconfirmed' };

export interface Ending {
  /** The moment at which the cancel was asked, as read from Temporal just before. */
  moment: Moment;
  outcome: Said;
  closes: 'Completed' | 'Canceled';
  /** What remains to be seen of the cancel. */
  phase: CancelPhase;
  by: string | null;
  /** Calls of the cancel endpoint that the service received, and that the tracker says it made. */
  calls: { received: number; told: number };
  /** The phase that the caller of the update was told; null: nobody waits for an answer. */
  told: CancelPhase | null;
  /** The run that was asked went on as a new one. */
  continued: boolean;
}

/** Who asks, where the way has room to say so. */
export const ASKED_BY = 'the matrix';

type Row = Pick<Ending, 'outcome' | 'phase'> & { calls: number; told: CancelPhase };

const CANCELLED = {
  outcome: { status: 'cancelled', by: 'request', confirmed: true },
  phase: 'confirmed',
} as const;
const TOO_LATE = { outcome: { status: 'completed' }, phase: 'too-late' } as const;

const ROWS: Readonly<Record<Behaviour, Row>> = {
  confirms: { ...CANCELLED, calls: 1, told: 'accepted' },
  'confirms late': { ...CANCELLED, calls: 1, told: 'accepted' },
  'completes anyway': { ...TOO_LATE, calls: 1, told: 'accepted' },
  // Three tries over two minutes; tracking goes on to the end of the job.
  refuses: { outcome: { status: 'completed' }, phase: 'refused', calls: 3, told: 'requested' },
  // Twenty that failed, and the one that was heard.
  'is down for 20 calls': { ...CANCELLED, calls: 21, told: 'requested' },
  // Twice a 401; then somebody has given the credential the right.
  'refuses the credential for cancel only': { ...CANCELLED, calls: 3, told: 'requested' },
  'has no cancel': {
    outcome: { status: 'abandoned', why: 'cancel-unsupported' },
    phase: 'unsupported',
    calls: 0,
    told: 'unsupported',
  },
};

/** What differs from the row; the first that fits. */
function exceptionOf({ way, moment, behaviour }: Cell): Partial<Row> {
  const repeats = behaviour === 'refuses' || behaviour === 'refuses the credential for cancel only';
  // On the real server nobody waits for the second try, which comes after 60 s: the job ends before it.
  if (moment === 'holding' && repeats) return { ...TOO_LATE, calls: 1 };
  // Nothing else can be done for whoever asked Temporal itself to cancel: tracking ends.
  if (way === 'native cancellation' && behaviour === 'refuses') {
    return { outcome: { status: 'abandoned', why: 'cancel-refused' } };
  }
  // The run ends before the service can answer: the update does not outlive it, the request does.
  if (moment === 'at continue-as-new' && behaviour !== 'has no cancel') return { told: 'requested' };
  return {};
}

export function endingOf(cell: Cell): Ending {
  const { way, moment, behaviour } = cell;
  const { outcome, phase, calls, told } = { ...ROWS[behaviour], ...exceptionOf(cell) };
  const native = way === 'native cancellation';
  return {
    moment,
    outcome,
    closes: native && outcome.status !== 'completed' ? 'Canceled' : 'Completed',
    phase,
    by: native ? null : ASKED_BY,
    calls: { received: calls, told: calls },
    told: way === 'update' ? told : null,
    // A new run would not know of a native cancellation, so there is none.
    continued: moment === 'at continue-as-new' && !native,
  };
}

export function titleOf(cell: Cell): string {
  const { way, moment, behaviour } = cell;
  const { outcome, phase, closes } = endingOf(cell);
  const when = moment === 'before the first poll' || moment === 'at continue-as-new' ? moment : `while ${moment}`;
  return `I4: ${way}, ${when}, service ${behaviour} → ${worded(outcome, phase)}, closes ${closes}`;
}

function worded(outcome: Said, phase: CancelPhase): string {
  switch (outcome.status) {
    case 'completed':
      return `completed, cancel ${phase}`;
    case 'cancelled':
      return `cancelled, ${outcome.confirmed ? 'confirmed' : 'unconfirmed'}`;
    case 'abandoned':
      return `abandoned, ${outcome.why}`;
    default:
      return outcome satisfies never;
  }
}
