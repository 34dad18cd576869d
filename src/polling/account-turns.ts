import { createHeap, type Heap, type HeapNode } from './heap.ts';

/** A poll whose interval is over. It waits until its worker may begin it. */
export interface ReadyPoll {
  /** `<provider>/<account>`. */
  readonly account: string;
  /** When it was due, ms. */
  readonly dueAtMs: number;
  /** It goes before all polls that are not urgent. */
  readonly urgent: boolean;
}

interface Waiting<Poll> {
  readonly poll: Poll;
  /** Polls that were due at the same time begin in the order in which they came. */
  readonly order: number;
}

interface Turn {
  readonly account: string;
  readonly order: number;
}

interface Account<Poll> {
  readonly polls: Heap<Waiting<Poll>>;
  /** The next turn of this account. After it, and when it is new, the account comes after all others. */
  turn: HeapNode<Turn>;
}

/** Polls that wait. They are taken one from each account in turn; within an account, the one that has been due for the longest time. */
export function createTurns<Poll extends ReadyPoll>() {
  const accounts = new Map<string, Account<Poll>>();
  const turns = createHeap<Turn>((one, other) => one.order < other.order);
  const places = new Map<Poll, HeapNode<Waiting<Poll>>>();
  let count = 0;
  const lastTurn = (account: string): HeapNode<Turn> => turns.add({ account, order: count++ });
  const remove = (poll: Poll): Account<Poll> | undefined => {
    const [place, account] = [places.get(poll), accounts.get(poll.account)];
    if (place === undefined || account === undefined) return undefined;
    places.delete(poll);
    account.polls.remove(place);
    if (account.polls.size() > 0) return account;
    accounts.delete(poll.account);
    turns.remove(account.turn);
    return undefined;
  };
  return {
    /** It has no effect on a poll that waits already. */
    add: (poll: Poll): void => {
      if (places.has(poll)) return;
      const known = accounts.get(poll.account);
      const account = known ?? { polls: createHeap(isDueBefore), turn: lastTurn(poll.account) };
      accounts.set(poll.account, account);
      places.set(poll, account.polls.add({ poll, order: count++ }));
    },
    /** It has no effect on a poll that does not wait. */
    remove: (poll: Poll): void => void remove(poll),
    take: (): Poll | undefined => {
      const turn = turns.first();
      const poll = accounts.get(turn?.value.account ?? '')?.polls.first()?.value.poll;
      const account = poll && remove(poll);
      if (turn === undefined || account === undefined) return poll;
      turns.remove(turn);
      account.turn = lastTurn(turn.value.account);
      return poll;
    },
    waiting: (): number => places.size,
    /** @returns when the poll that waits longest was due, ms; infinity: none waits. It looks at each account once */
    dueSinceMs: (): number => dueSinceMs(accounts.values()),
  };
}

function dueSinceMs<Poll extends ReadyPoll>(accounts: Iterable<Account<Poll>>): number {
  let leastMs = Number.POSITIVE_INFINITY;
  for (const { polls } of accounts) leastMs = Math.min(leastMs, polls.first()?.value.poll.dueAtMs ?? leastMs);
  return leastMs;
}

function isDueBefore<Poll extends ReadyPoll>(one: Waiting<Poll>, other: Waiting<Poll>): boolean {
  return one.poll.dueAtMs === other.poll.dueAtMs ? one.order < other.order : one.poll.dueAtMs < other.poll.dueAtMs;
}
