import * as fc from 'fast-check';
import { bigJson, nested, oddJson, oddText } from './odd.ts';

// This file does not use the code that checks inputs. A right input is made by the rules. A wrong input is a right one with one fault.

type Fields = Record<string, unknown>;
export interface Right extends Fields {
  job: { provider: string; jobId: string; account?: string | null };
  polling?: Fields;
  limits?: Fields;
  labels?: Fields;
}

/** The input of a caller. `wrong`: the field that the refusal must name. null: the input is right. */
export type OddInput = { sent: Right; wrong: null } | { sent: unknown; wrong: string | RegExp };

const visible = fc.string({ unit: fc.constantFrom(...'abcXYZ019 ._/%"\\'.split('')), minLength: 1, maxLength: 40 });
const plain = visible.filter((text) => text.trim() !== '');
const label = fc.oneof(plain, fc.constantFrom('\u20ac 5', 'caf\u00e9', '\u65e5\u672c', '\u{1f600}'));
const labelKey = fc.string({ unit: fc.constantFrom(...'abzAZ09._/-'.split('')), minLength: 1, maxLength: 30 });
/** Only long intervals, because each job with a right input is polled. */
const interval = fc.integer({ min: 60_000, max: 86_400_000 });
const limit = fc.option(fc.integer({ min: 3_600_000, max: 366 * 86_400_000 }));

const job = fc.oneof(
  fc.record(
    {
      provider: fc.constant('docswrite' as const),
      jobId: plain,
      account: fc.constantFrom('default', 'nobody-has-it', null),
      queueType: fc.constantFrom('post', 'any other', null),
    },
    { requiredKeys: ['provider', 'jobId'] },
  ),
  fc.record(
    { provider: fc.constant('deepwriter' as const), jobId: fc.uuid(), account: fc.constantFrom('default', null) },
    { requiredKeys: ['provider', 'jobId'] },
  ),
);
const polling = fc.oneof(
  fc.record({ mode: fc.constant('fixed'), intervalMs: interval }),
  fc.record({ mode: fc.constant('adaptive'), minIntervalMs: fc.constant(60_000), maxIntervalMs: interval }),
);
const limits = fc.record(
  { totalMs: limit, queuedMs: limit, runningMs: limit, stalledMs: limit, onLimit: fc.constantFrom('stop', 'alert') },
  { requiredKeys: [] },
);
const labels = fc.dictionary(labelKey, fc.option(label), { maxKeys: 15 });
const right: fc.Arbitrary<Right> = fc.record({ job, polling, limits, labels }, { requiredKeys: ['job', 'polling'] });

/** Anything except texts and null. null means that the field is not set. */
const noText = fc.oneof(
  { arbitrary: fc.oneof(fc.integer(), fc.boolean(), fc.array(oddJson, { maxLength: 3 })), weight: 10 },
  { arbitrary: fc.nat(4_000).map((levels) => [nested(levels)]), weight: 1 },
);
const noRecord = fc.oneof(
  { arbitrary: fc.oneof(fc.integer(), oddText, fc.array(oddJson, { maxLength: 3 })), weight: 100 },
  { arbitrary: fc.nat(4_000).map((levels) => [nested(levels)]), weight: 10 },
);
const invisible = fc.constantFrom('\ud800', '\udfff\ud800', '\u0000', '\u001b]0;title\u0007', '\u202e', '\n', '\u200b');
/** Blanks stand around the invisible text. So two half surrogates do not become a pair, and no trimming removes it. */
const hidden = fc.tuple(oddText, invisible, oddText).map(([before, odd, after]) => `x${before} ${odd} ${after}x`);
/** A wrong name, which no later version will know. */
const noName = fc.oneof(
  noText,
  fc.constant(null),
  oddText.map((text) => `${text}?`),
  hidden,
);
const noInterval = fc.oneof(
  noText.filter((value) => typeof value !== 'number'),
  oddText,
  fc.integer({ max: 999 }),
);
const noLimit = fc.oneof(noInterval, fc.double({ min: 1_000.1, max: 1_000.9, noNaN: true }), fc.constant(1e15));
const noWord = fc.oneof(
  noText,
  oddText.map((text) => `${text}!`),
);
const noId = fc.oneof(noText, fc.constantFrom(null, '', '  '), hidden, fc.constant('x'.repeat(201)));
const noParameter = fc.oneof(noText, hidden, fc.constantFrom('', 'x'.repeat(201)));
/** An unknown key. The mark `#` makes it different from the known keys. */
const key = oddText.map((text) => `${text}#`);

type Fault = [field: string | RegExp, odd: fc.Arbitrary<unknown>, spoil: (input: Right, odd: unknown) => unknown];

const manyLabels = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`key-${n}`, 'x']));
const bigLabels = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`key-${n}`, '\u20ac'.repeat(190)]));
const bigText = bigJson.filter((value) => typeof value === 'string');
const bigRecord = bigJson.filter((value) => typeof value !== 'string');
const docswriteJob = { provider: 'docswrite', jobId: 'a' };
const deepwriterJob = { provider: 'deepwriter', jobId: '0b6f6b4e-3c1a-4f0e-9a53-2d1f7a6c5e10' };

const inside =
  (part: string, field: string) =>
  (input: Right, odd: unknown): unknown => ({ ...input, [part]: { ...(input[part] as Fields), [field]: odd } });
/** Uses the odd text as a key. */
const keyIn =
  (part: string) =>
  (input: Right, odd: unknown): unknown =>
    inside(part, String(odd))(input, 1_000);

/** At least one fault for each rule of the contract about inputs. */
const FAULTS: Fault[] = [
  ['input', fc.oneof(noRecord, fc.constant(null)), (_, odd) => odd],
  ['input', bigText, (_, odd) => odd],
  [/^key/, bigRecord, (input, odd) => ({ ...input, ...(odd as Fields) })],
  [/^(?!(?:input|job|polling|limits|labels)$)/, key, (input, odd) => ({ ...input, [String(odd)]: 1 })],
  ['job', fc.oneof(noRecord, fc.constant(null)), (input, odd) => ({ ...input, job: odd })],
  ['job.provider', noName, inside('job', 'provider')],
  ['job.jobId', noId, (input, odd) => ({ ...input, job: { ...docswriteJob, jobId: odd } })],
  ['job.jobId', fc.oneof(noId, oddText), (input, odd) => ({ ...input, job: { ...deepwriterJob, jobId: odd } })],
  ['job.account', fc.oneof(noText, hidden, fc.constantFrom('', 'UPPER', 'a'.repeat(41))), inside('job', 'account')],
  ['job.queueType', noParameter, (input, odd) => ({ ...input, job: { ...docswriteJob, queueType: odd } })],
  ['job.queueType', oddText, (input, odd) => ({ ...input, job: { ...deepwriterJob, queueType: odd } })],
  [/^job\./, key, keyIn('job')],
  ['polling', noRecord, (input, odd) => ({ ...input, polling: odd })],
  ['polling.mode', noWord, inside('polling', 'mode')],
  ['polling.intervalMs', noInterval, (input, odd) => ({ ...input, polling: { intervalMs: odd } })],
  ['polling.maxIntervalMs', noInterval, (input, odd) => ({ ...input, polling: { maxIntervalMs: odd } })],
  ['polling.minIntervalMs', noInterval, (input, odd) => ({ ...input, polling: { minIntervalMs: odd } })],
  [
    'polling.maxIntervalMs',
    fc.integer({ min: 1_000, max: 59_999 }),
    (input, odd) => ({ ...input, polling: { minIntervalMs: 60_000, maxIntervalMs: odd } }),
  ],
  [/^polling\./, key, keyIn('polling')],
  ['limits', noRecord, (input, odd) => ({ ...input, limits: odd })],
  ['limits.totalMs', noLimit, inside('limits', 'totalMs')],
  ['limits.queuedMs', noLimit, inside('limits', 'queuedMs')],
  ['limits.runningMs', noLimit, inside('limits', 'runningMs')],
  ['limits.stalledMs', noLimit, inside('limits', 'stalledMs')],
  ['limits.onLimit', noWord, inside('limits', 'onLimit')],
  [/^limits\./, key, keyIn('limits')],
  ['labels', noRecord, (input, odd) => ({ ...input, labels: odd })],
  ['labels', key, keyIn('labels')],
  ['labels', fc.constantFrom(manyLabels, bigLabels), (input, odd) => ({ ...input, labels: odd })],
  ['labels.some', fc.oneof(noText, hidden, fc.constant('x'.repeat(201))), inside('labels', 'some')],
];

const wrongBy = ([field, odd, spoil]: Fault): fc.Arbitrary<OddInput> =>
  fc.tuple(right, odd).map(([input, value]) => ({ sent: spoil(input, value), wrong: field }));

/** One input in five is right. Large inputs are rare. */
export const oddInput: fc.Arbitrary<OddInput> = fc.oneof(
  { arbitrary: right.map((sent) => ({ sent, wrong: null })), weight: 200 },
  ...FAULTS.map((fault) => ({ arbitrary: wrongBy(fault), weight: [bigText, bigRecord].includes(fault[1]) ? 1 : 30 })),
);
