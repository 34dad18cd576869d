import { createTurns, type ReadyPoll } from './account-turns.ts';

/** After so many urgent polls in a row, one of the others begins. So even endless urgent polls do not stop them. */
export const URGENT_IN_ROW = 8;

/**
 * The ready polls of one worker, in the order in which they begin: urgent ones first, then one poll of each account in turn, and within an
 * account the one that has been due for the longest time. It has no clock, and starts nothing. It is a structure that changes, and not a
 * value, because 10 000 polls may wait, and a copy at each step would cost more than the polls.
 */
export function createScheduler<Poll extends ReadyPoll>() {
  const [urgent, others] = [createTurns<Poll>(), createTurns<Poll>()];
  let urgentInRow = 0;
  const first = (): Poll | undefined => {
    const takesOther = urgentInRow >= URGENT_IN_ROW && others.waiting() > 0;
    const poll = takesOther ? others.take() : (urgent.take() ?? others.take());
    urgentInRow = poll?.urgent === true ? urgentInRow + 1 : 0;
    return poll;
  };
  return {
    /** Adds a ready poll. It has no effect on a poll that waits already. */
    enqueue: (poll: Poll): void => (poll.urgent ? urgent : others).add(poll),
    /** Takes out a poll that need not begin any more. It has no effect on a poll that does not wait. */
    withdraw: (poll: Poll): void => (poll.urgent ? urgent : others).remove(poll),
    /** Takes out the polls that begin now, at most `room`, in their order. */
    next: (room: number): Poll[] => {
      const begun: Poll[] = [];
      while (begun.length < room) {
        const poll = first();
        if (poll === undefined) break;
        begun.push(poll);
      }
      return begun;
    },
    waiting: (): number => urgent.waiting() + others.waiting(),
    /** @returns for how long the poll that waits longest has been due, ms; 0: none waits. It looks at each account once */
    latenessMs: (nowMs: number): number => Math.max(0, nowMs - Math.min(urgent.dueSinceMs(), others.dueSinceMs())),
  };
}
