import * as fc from 'fast-check';
import { wire } from '../../src/contract/index.ts';
import { wellFormed } from '../../src/contract/text.ts';
import { nearly, oddJson, oddText } from './odd.ts';

/** `right` true: the workflow must accept the message. false: it must fail for its caller. null: both are allowed. */
export interface OddMessage {
  kind: 'signal' | 'update' | 'query';
  name: string;
  args: unknown[];
  right: boolean | null;
}

/** A name that we do not use. Names are UTF-8 on the wire, so no client can send half surrogates in them. */
const otherName = oddText.map((text) => `${wellFormed(text)}?`);
const anyArgs = fc.array(oddJson, { maxLength: 3 });
const anyRequest = nearly({ reason: oddText, by: oddText, id: oddText, waitForMs: fc.constant(0) });

const message = (
  kind: OddMessage['kind'],
  name: fc.Arbitrary<string>,
  args: fc.Arbitrary<unknown[]>,
  right: boolean | null,
): fc.Arbitrary<OddMessage> => fc.record({ kind: fc.constant(kind), name, args, right: fc.constant(right) });

const signal = fc.oneof(
  message(
    'signal',
    fc.constant(wire.signals.cancel),
    fc.oneof(
      anyRequest.map((sent) => [sent]),
      anyArgs,
    ),
    true,
  ),
  message('signal', fc.constant(wire.signals.refresh), anyArgs, true),
  // The server keeps a signal that the workflow does not know, because a later version may know it.
  message('signal', otherName, anyArgs, null),
);

const HOUR_MS = 3_600_000;
const rightLimits = fc.record({ totalMs: fc.integer({ min: HOUR_MS, max: 3 * HOUR_MS }) });
const wrongLimits = fc.oneof(
  fc.record({ totalMs: fc.oneof(oddText, fc.boolean(), fc.integer({ max: 999 })) }),
  fc.record({ onLimit: oddText.map((text) => `${text}!`) }),
  oddText.map((text) => ({ [`${text}#`]: 1 })),
  oddText,
);

const update = fc.oneof(
  // The update does not wait, so its answer comes at once.
  message('update', fc.constant(wire.updates.requestCancel), anyRequest.map(withoutWait), true),
  message(
    'update',
    fc.constant(wire.updates.setLimits),
    rightLimits.map((limits) => [limits]),
    true,
  ),
  message(
    'update',
    fc.constant(wire.updates.setLimits),
    wrongLimits.map((limits) => [limits]),
    false,
  ),
  message('update', otherName, anyArgs, false),
);

function withoutWait(sent: unknown): unknown[] {
  return [{ ...(sent as object), waitForMs: 0 }];
}

const query = fc.oneof(
  message('query', fc.constantFrom(...Object.values(wire.queries), '__stack_trace'), anyArgs, true),
  message('query', otherName, anyArgs, false),
);

/** @returns the given number of each kind, in random order */
export function oddMessages(
  { signals, updates, queries }: { signals: number; updates: number; queries: number },
  sampled: <Value>(arbitrary: fc.Arbitrary<Value>, count: number) => Value[],
): OddMessage[] {
  const all = [...sampled(signal, signals), ...sampled(update, updates), ...sampled(query, queries)];
  const places = sampled(fc.double({ noNaN: true }), all.length);
  return all
    .map((one, n) => [places[n] ?? 0, one] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one);
}
