import type { CancelPhase } from '../../../src/contract/index.ts';

// The table of how a cancel ends: 3 ways to request it, 6 moments, and 7 behaviours of the service. The outcome follows from the
// behaviour. `exceptionOf` has the few cases in which it also depends on the way or the moment.

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
/** The moments, by the server on which they are played. */
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

/** The parts of an outcome that are compared. Other tests compare results and times. */
export type Said =
  | { status: 'completed' }
  | { status: 'cancelled'; by: 'request' | 'service'; confirmed: boolean }
  | { status: 'abandoned'; why: 'cancel-unsupported' | 'cancel-refused' | 'cancel-unconfirmed' };

export interface Ending {
  /** The moment of the workflow, read from Temporal just before the request. */
  moment: Moment;
  outcome: Said;
  closes: 'Completed' | 'Canceled';
  /** The phase of the cancel after the end. */
  phase: CancelPhase;
  by: string | null;
  /** Calls of the cancel endpoint: those that the service received, and those that the tracker counts. */
  calls: { received: number; told: number };
  /** The phase in the answer to the update. null: the request was not an update. */
  told: CancelPhase | null;
  /** true: the run that got the request ended with continue-as-new. */
  continued: boolean;
}

/** The `by` of the request, if the way can carry one. */
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
  // Three tries over two minutes. Then tracking goes on until the job ends.
  refuses: { outcome: { status: 'completed' }, phase: 'refused', calls: 3, told: 'requested' },
  // Twenty calls that failed, and one that reached the service.
  'is down for 20 calls': { ...CANCELLED, calls: 21, told: 'requested' },
  // Two answers with 401. Then the credential gets the permission.
  'refuses the credential for cancel only': { ...CANCELLED, calls: 3, told: 'requested' },
  'has no cancel': {
    outcome: { status: 'abandoned', why: 'cancel-unsupported' },
    phase: 'unsupported',
    calls: 0,
    told: 'unsupported',
  },
};

/** @returns the differences from the row of the behaviour; the first case that fits */
function exceptionOf({ way, moment, behaviour }: Cell): Partial<Row> {
  const repeats = behaviour === 'refuses' || behaviour === 'refuses the credential for cancel only';
  // On the real server the job ends before the second try, which comes after 60 s.
  if (moment === 'holding' && repeats) return { ...TOO_LATE, calls: 1 };
  // A native cancellation that is refused ends tracking, because nothing else can be done.
  if (way === 'native cancellation' && behaviour === 'refuses') {
    return { outcome: { status: 'abandoned', why: 'cancel-refused' } };
  }
  // The run ends before the service answers. The update ends with the run, but the request goes on in the new run.
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
    // A new run would not know of a native cancellation, so there is no continue-as-new.
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
