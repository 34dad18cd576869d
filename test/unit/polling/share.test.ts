import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUDGET_WINDOW_MS, pollsPerWindow } from '../../../src/polling/budget.ts';
import { afterLook, LOOK_MS, NO_SIGHTS, type Poller, shareOf, type Sights } from '../../../src/polling/share.ts';
import { MINUTE, RUNS, SECOND, T0 } from '../../support/core-builders.ts';

const ACCOUNT = 'docswrite/default';

const seen = (identity: string, agoS = 0): Poller => ({ identity, seenAtMs: T0 - agoS * SECOND });

/** What a worker sees if these workers have just polled. */
const among = (...identities: readonly string[]): Poller[] => identities.map((identity) => seen(identity));

/** @returns what a worker knows that sees these workers from the beginning, long ago */
function longAmong(identities: readonly string[], self: string): Sights {
  const first = afterLook(NO_SIGHTS, { pollers: among(...identities), self: self }, T0);
  return afterLook(first, { pollers: among(...identities), self: self }, T0 + 10 * MINUTE);
}

const shareAmong = (identities: readonly string[], self: string, budget: number, account = ACCOUNT) =>
  shareOf(longAmong(identities, self), { budget, key: account }, T0 + 10 * MINUTE);

/** @returns the share after so many seconds since the start, if the worker sees the same workers then */
function later(sights: Sights, identities: readonly string[], self: string, atS: number): number {
  const nowMs = T0 + atS * SECOND;
  return shareOf(
    afterLook(sights, { pollers: among(...identities), self: self }, nowMs),
    { budget: 60, key: ACCOUNT },
    nowMs,
  ).requests;
}

describe('I8: the share of a worker', () => {
  test('is the whole budget, if the worker is alone', () => {
    expect(shareAmong(['a'], 'a', 60)).toEqual({ requests: 60, polls: 57 });
    const first = afterLook(NO_SIGHTS, { pollers: among('a'), self: 'a' }, T0);
    expect(shareOf(first, { budget: 60, key: ACCOUNT }, T0)).toEqual({ requests: 60, polls: 57 });
  });

  test('is nothing until the worker sees itself: its first request may not have arrived yet', () => {
    const unseen = afterLook(NO_SIGHTS, { pollers: among('b'), self: 'a' }, T0);
    expect(shareOf(unseen, { budget: 60, key: ACCOUNT }, T0)).toEqual({ requests: 0, polls: 0 });
    expect(later(afterLook(unseen, { pollers: among('a', 'b'), self: 'a' }, T0), ['a', 'b'], 'a', 60)).toBe(0);
  });

  test('of a worker that joins is nothing for a minute and a look of the others, and then its part', () => {
    const joined = afterLook(NO_SIGHTS, { pollers: among('a', 'b'), self: 'b' }, T0);
    expect(later(joined, ['a', 'b'], 'b', 74)).toBe(0);
    expect(later(joined, ['a', 'b'], 'b', 75)).toBe(30);
  });

  test('shrinks at once when a worker joins, and grows late when one has gone', () => {
    const two = afterLook(longAmong(['a'], 'a'), { pollers: among('a', 'b'), self: 'a' }, T0 + 10 * MINUTE);
    expect(shareOf(two, { budget: 60, key: ACCOUNT }, T0 + 10 * MINUTE).requests).toBe(30);
    const alone = afterLook(longAmong(['a', 'b'], 'a'), { pollers: among('a'), self: 'a' }, T0 + 10 * MINUTE);
    expect(later(alone, ['a'], 'a', 600 + 74)).toBe(30);
    expect(later(alone, ['a'], 'a', 600 + 75)).toBe(60);
  });

  test('is nothing after 15 s without a look: the others may have given the part away', () => {
    const known = longAmong(['a', 'b'], 'a');
    const at = T0 + 10 * MINUTE + 15 * SECOND;
    expect(shareOf(known, { budget: 60, key: ACCOUNT }, at).requests).toBe(30);
    expect(shareOf(known, { budget: 60, key: ACCOUNT }, at + 1)).toEqual({ requests: 0, polls: 0 });
    expect(
      shareOf(
        afterLook(known, { pollers: among('a', 'b'), self: 'a' }, at + MINUTE),
        { budget: 60, key: ACCOUNT },
        at + MINUTE,
      ).requests,
    ).toBe(30);
  });

  test('is nothing while the others cannot see the worker: they use its part', () => {
    const hidden = afterLook(longAmong(['a', 'b'], 'a'), { pollers: among('b'), self: 'a' }, T0 + 10 * MINUTE);
    expect(shareOf(hidden, { budget: 60, key: ACCOUNT }, T0 + 10 * MINUTE)).toEqual({ requests: 0, polls: 0 });
  });

  test('is a whole number, and all shares together are the whole budget, with room for cancels (I4)', () => {
    const property = fc.property(
      fc.integer({ min: 5, max: 10_000 }),
      fc.integer({ min: 1, max: 40 }),
      fc.string(),
      (budget, count, account) => {
        const all = Array.from({ length: count }, (_, index) => `w${String(index).padStart(2, '0')}`);
        const shares = all.map((self) => shareAmong(all, self, budget, account));
        const sum = (part: 'requests' | 'polls'): number => shares.reduce((total, share) => total + share[part], 0);
        expect([sum('requests'), sum('polls')]).toEqual([budget, pollsPerWindow(budget)]);
        expect(shares.every(({ requests, polls }) => polls <= requests && Number.isInteger(requests))).toBe(true);
      },
    );
    fc.assert(property, { numRuns: RUNS });
  });

  test('of more workers than requests: each account has other workers', () => {
    const all = Array.from({ length: 20 }, (_, index) => `w${String(index).padStart(2, '0')}`);
    const polling = (account: string): string[] => all.filter((self) => shareAmong(all, self, 5, account).polls > 0);
    expect(polling('docswrite/one')).toHaveLength(4);
    expect(polling('docswrite/one')).not.toEqual(polling('docswrite/two'));
  });
});

describe('I8: another worker', () => {
  const at = T0 + 10 * MINUTE;
  const nowOf = (pollers: readonly Poller[]): number =>
    shareOf(afterLook(longAmong(['a'], 'a'), { pollers: pollers, self: 'a' }, at), { budget: 60, key: ACCOUNT }, at)
      .requests;

  test('counts once, however many pollers it has, and is gone if it polled over 75 s before the newest poll', () => {
    expect(nowOf([seen('a'), seen('b', 10), seen('b', 75)])).toBe(30);
    expect(nowOf([seen('a'), seen('b', 75)])).toBe(30);
    expect(nowOf([seen('a'), seen('b', 76)])).toBe(60);
  });

  test('that has just gone may have used the budget, so a worker that joins after it is not alone', () => {
    const first = (agoS: number): number =>
      shareOf(
        afterLook(NO_SIGHTS, { pollers: [seen('a'), seen('b', agoS)], self: 'a' }, at),
        { budget: 60, key: ACCOUNT },
        at,
      ).requests;
    expect([first(76), first(135), first(136)]).toEqual([0, 0, 60]);
  });
});

// Workers that join, leave and die at random, and that always send as soon as they may.

interface Life {
  readonly name: string;
  readonly joinsAtS: number;
  readonly livesS: number;
  /** When within 10 s it looks. */
  readonly offsetS: number;
  /** How many of its looks get no answer, of 10. */
  readonly blind: number;
}

const anyLife = fc.record({
  joinsAtS: fc.integer({ min: 0, max: 400 }),
  livesS: fc.integer({ min: 1, max: 600 }),
  offsetS: fc.integer({ min: 0, max: LOOK_MS / SECOND - 1 }),
  blind: fc.integer({ min: 0, max: 2 }),
});

const RUN_S = 700;
/** A poller that gets no task asks once a minute. */
const ASKS_EVERY_S = 60;

function play(lives: readonly Life[], budget: number): number[] {
  const sent: number[] = [];
  const own = new Map<string, { sights: Sights; sentAtS: number[] }>(
    lives.map(({ name }) => [name, { sights: NO_SIGHTS, sentAtS: [] }]),
  );
  for (let atS = 0; atS < RUN_S; atS++) {
    const nowMs = T0 + atS * SECOND;
    const seenAt = ({ joinsAtS, livesS }: Life): number =>
      joinsAtS + Math.floor((Math.min(atS, joinsAtS + livesS) - joinsAtS) / ASKS_EVERY_S) * ASKS_EVERY_S;
    const joined = lives.filter(({ joinsAtS }) => joinsAtS <= atS);
    const pollers = joined.map((life) => ({ identity: life.name, seenAtMs: T0 + seenAt(life) * SECOND }));
    for (const { name, joinsAtS, livesS, offsetS, blind } of joined) {
      const worker = own.get(name);
      if (worker === undefined || atS >= joinsAtS + livesS) continue;
      const looks = (atS - joinsAtS) % (LOOK_MS / SECOND) === offsetS;
      const answered = worker.sights.seen.length === 0 || Math.floor(atS / 10) % 10 >= blind;
      if (looks && answered) worker.sights = afterLook(worker.sights, { pollers: pollers, self: name }, nowMs);
      const share = shareOf(worker.sights, { budget, key: ACCOUNT }, nowMs);
      while (worker.sentAtS.filter((s) => (atS - s) * SECOND < BUDGET_WINDOW_MS).length < share.requests) {
        worker.sentAtS.push(atS);
        sent.push(atS);
      }
    }
  }
  return sent;
}

const busiestMinute = (sent: readonly number[]): number =>
  Math.max(0, ...sent.map((first) => sent.filter((s) => s >= first && s < first + 60).length));

test('I8: over random joins, leaves and deaths, no minute is above the budget', () => {
  const property = fc.property(
    fc.array(anyLife, { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 5, max: 30 }),
    (given, budget) => {
      const lives = given.map((life, index) => ({ ...life, name: `w${index}` }));
      expect(busiestMinute(play(lives, budget))).toBeLessThanOrEqual(budget);
    },
  );
  fc.assert(property, { numRuns: RUNS });
});

test('I8: workers that stay use the whole budget in the end, also after one has died', () => {
  const stay = { livesS: RUN_S, blind: 0 };
  const lives: Life[] = [
    { name: 'a', joinsAtS: 0, offsetS: 1, ...stay },
    { name: 'b', joinsAtS: 20, offsetS: 4, ...stay },
    { name: 'c', joinsAtS: 30, offsetS: 7, ...stay, livesS: 270 },
  ];
  const sent = play(lives, 12);
  const inMinute = (fromS: number): number => sent.filter((s) => s >= fromS && s < fromS + 61).length;
  expect([inMinute(200), inMinute(600)]).toEqual([12, 12]);
});
