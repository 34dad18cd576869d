import { describe, expect, test } from 'vitest';
import { labelsOf, withPolling } from '../../../src/contract/input.ts';
import { inputProblems } from '../../support/input-problems.ts';
import { DEFAULT_LIMITS, limitsProblems, withLimits } from '../../../src/contract/limits.ts';
import { DEFAULT_POLLING } from '../../../src/contract/polling-options.ts';
import { firstProblems, sentenceOf } from '../../../src/contract/problem.ts';
import { PROVIDERS } from '../../../src/providers/registry/traits.ts';
import { uiSummaryOf } from '../../../src/contract/render.ts';
import { DEEPWRITER, DOCSWRITE, UUID } from '../../support/core-builders.ts';

const wrong = (...problems: [field: string, problem: string][]) =>
  problems.map(([field, problem]) => ({ field, problem }));
const docswrite = (over: object) => ({ job: { ...DOCSWRITE, ...over } });
const interval = 'must be whole milliseconds from 1000 to 86400000';
const limit = 'must be null or whole milliseconds from 1000 to 31622400000';
const provider = `must be one of ${PROVIDERS.map(({ name }) => name).join(', ')}`;
const parameter = 'must be 1 to 200 printable ASCII characters';
const account = 'must be 1 to 40 of a-z, 0-9 and -';
const labelKey = 'has a key that is not 1 to 60 of A-Z a-z 0-9 . _ / -';
const labelText = 'must be visible text of at most 200 characters';
const labelled = (labels: unknown) => ({ job: DOCSWRITE, labels });
const polling = (over: object) => ({ job: DOCSWRITE, polling: over });

describe('an input that is right', () => {
  test.each([
    { job: { provider: 'docswrite', jobId: '42' } },
    { job: { provider: 'docswrite', jobId: 'job:42', queueType: 'publish', account: 'acme-2' } },
    { job: { provider: 'docswrite', jobId: 'a b~!' } },
    { job: { provider: 'docswrite', jobId: 'x'.repeat(200) } },
    { job: { provider: 'deepwriter', jobId: UUID.toUpperCase() } },
    { job: DEEPWRITER, polling: undefined, limits: undefined, labels: undefined },
    { job: DEEPWRITER, polling: {}, limits: {}, labels: {} },
    polling({ mode: 'fixed', intervalMs: 1_000 }),
    polling({ mode: 'adaptive', minIntervalMs: 5_000, maxIntervalMs: 5_000 }),
    { job: DOCSWRITE, limits: { totalMs: null, onLimit: 'alert' } },
    labelled({ team: 'books', 'a.b/c_d-E9': '', text: 'naïve ☕' }),
  ])('has no problems: %j', (input) => {
    expect(inputProblems(input)).toEqual([]);
  });
});

describe('an input that is wrong names each field', () => {
  test.each<[string, unknown, [string, string][]]>([
    ['nothing', undefined, [['input', 'must be an object with a job']]],
    ['a text', 'docswrite/42', [['input', 'must be an object with a job']]],
    ['a list', [DOCSWRITE], [['input', 'must be an object with a job']]],
    ['no job', {}, [['job', 'must be an object with provider and jobId']]],
    ['a job that is a text', { job: '42' }, [['job', 'must be an object with provider and jobId']]],
    ['no provider', { job: { jobId: '42' } }, [['job.provider', provider]]],
    ['an unknown provider', { job: { provider: 'acme', jobId: '42' } }, [['job.provider', provider]]],
    ['an inherited provider', { job: { provider: 'toString', jobId: '4' } }, [['job.provider', provider]]],
    ['an unknown parameter', docswrite({ queue: 'post' }), [['job.queue', 'is not known']]],
    [
      'a parameter of another provider',
      { job: { ...DEEPWRITER, queueType: 'post' } },
      [['job.queueType', 'is not known']],
    ],
    ['no job id', { job: { provider: 'docswrite' } }, [['job.jobId', 'must be text']]],
    ['a job id that is a number', docswrite({ jobId: 42 }), [['job.jobId', 'must be text']]],
    ['an empty job id', docswrite({ jobId: '' }), [['job.jobId', 'must not be empty']]],
    ['a job id of spaces', docswrite({ jobId: '  ' }), [['job.jobId', 'must not be empty']]],
    ['a job id that is a prefix alone', docswrite({ jobId: 'job:' }), [['job.jobId', 'must not be empty']]],
    ['a job id over 200 bytes', docswrite({ jobId: 'x'.repeat(201) }), [['job.jobId', 'must be at most 200 bytes']]],
    ['a job id that is not ASCII', docswrite({ jobId: 'jöb' }), [['job.jobId', 'must be printable ASCII']]],
    ['a job id with a line break', docswrite({ jobId: 'a\nb' }), [['job.jobId', 'must be printable ASCII']]],
    ['a job id that is no uuid', { job: { ...DEEPWRITER, jobId: '42' } }, [['job.jobId', 'must be a uuid']]],
    ['an empty parameter', docswrite({ queueType: '' }), [['job.queueType', parameter]]],
    ['a parameter that is a number', docswrite({ queueType: 1 }), [['job.queueType', parameter]]],
    ['a parameter that is too long', docswrite({ queueType: 'q'.repeat(201) }), [['job.queueType', parameter]]],
    ['an account in capitals', docswrite({ account: 'ACME' }), [['job.account', account]]],
    ['an empty account', docswrite({ account: '' }), [['job.account', account]]],
    ['an account that is too long', docswrite({ account: 'a'.repeat(41) }), [['job.account', account]]],
    ['an unknown key', { job: DOCSWRITE, label: {} }, [['label', 'is not known']]],
    ['polling that is a number', { job: DOCSWRITE, polling: 5 }, [['polling', 'must be an object']]],
    ['an unknown polling option', polling({ every: 5_000 }), [['polling.every', 'is not known']]],
    ['an unknown mode', polling({ mode: 'fast' }), [['polling.mode', 'must be adaptive or fixed']]],
    ['an interval of zero', polling({ minIntervalMs: 0 }), [['polling.minIntervalMs', interval]]],
    ['an interval of a part', polling({ intervalMs: 1_000.5 }), [['polling.intervalMs', interval]]],
    ['an interval that is a text', polling({ intervalMs: '5s' }), [['polling.intervalMs', interval]]],
    ['an interval over a day', polling({ maxIntervalMs: 86_400_001 }), [['polling.maxIntervalMs', interval]]],
    ['NaN', polling({ maxIntervalMs: Number.NaN }), [['polling.maxIntervalMs', interval]]],
    [
      'bounds that cross',
      polling({ minIntervalMs: 9_000, maxIntervalMs: 8_000 }),
      [['polling.maxIntervalMs', 'must not be below minIntervalMs']],
    ],
    ['limits that are a list', { job: DOCSWRITE, limits: [] }, [['limits', 'must be an object']]],
    ['a limit below a second', { job: DOCSWRITE, limits: { totalMs: 5 } }, [['limits.totalMs', limit]]],
    ['labels that are a text', labelled('a=b'), [['labels', 'must be an object of texts']]],
    ['a label that is a number', labelled({ team: 7 }), [['labels.team', labelText]]],
    ['a label with a line break', labelled({ team: 'a\nb' }), [['labels.team', labelText]]],
    ['a label that is too long', labelled({ team: 'x'.repeat(201) }), [['labels.team', labelText]]],
    ['a label key with a space', labelled({ 'a b': 'c' }), [['labels', labelKey]]],
    [
      'too many labels',
      labelled(Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`k${index}`, '']))),
      [['labels', 'must be at most 20']],
    ],
  ])('%s', (_, input, problems) => {
    expect(inputProblems(input)).toEqual(wrong(...problems));
  });

  test('null means unset, because other SDKs send null for a missing value; as the value of a limit it means "none"', () => {
    const unset = { polling: null, limits: null, labels: null };
    expect(inputProblems({ job: { ...DOCSWRITE, account: null, queueType: null }, ...unset })).toEqual([]);
    const partly = { polling: { mode: null, maxIntervalMs: null }, limits: { totalMs: null, onLimit: null } };
    expect(inputProblems({ job: DOCSWRITE, ...partly, labels: { team: null } })).toEqual([]);
    expect(withPolling(DEFAULT_POLLING, { mode: null } as never)).toEqual(DEFAULT_POLLING);
    expect(withLimits(DEFAULT_LIMITS, { totalMs: null, onLimit: null } as never)).toEqual({
      ...DEFAULT_LIMITS,
      totalMs: null,
    });
    expect(labelsOf({ team: null, cost: 'a' })).toEqual({ cost: 'a' });
  });

  test('what the server would refuse is refused before it is sent, in the unit of the server', () => {
    const many = (length: number) => Object.fromEntries(Array.from({ length }, (_, n) => [`k${n}`, 'x'.repeat(200)]));
    expect(inputProblems(labelled(many(9)))).toEqual([]);
    expect(inputProblems(labelled(many(10)))).toEqual(
      wrong(['labels', 'take 2061 bytes together, at most 2048 are possible']),
    );
    expect(
      inputProblems(labelled({ a: '\u20ac'.repeat(200), b: '\u20ac'.repeat(200), c: '\u20ac'.repeat(200) })),
    ).toEqual([]);
    expect(
      inputProblems(labelled(Object.fromEntries('abcd'.split('').map((key) => [key, '\u20ac'.repeat(200)])))),
    ).toEqual(wrong(['labels', 'take 2421 bytes together, at most 2048 are possible']));
    expect(inputProblems(labelled({ ['k'.repeat(60)]: 'x'.repeat(195) }))).toEqual(
      wrong([`labels.${'k'.repeat(60)}`, 'must be at most 255 characters with its key']),
    );
    expect(inputProblems(docswrite({ jobId: '%'.repeat(200), queueType: '%'.repeat(200) }))).toEqual(
      wrong(['job', 'makes a workflow id of 1223 characters, at most 255 are possible']),
    );
    // A summary is JSON. In JSON a backslash takes two bytes.
    expect(JSON.stringify(uiSummaryOf({ ...DOCSWRITE, jobId: '\\'.repeat(200) }, 'next poll of ')).length).toBeLessThan(
      400,
    );
  });

  test('I9: a key of a caller is reported as plain text, and many problems as the first 20 with a count', () => {
    const odd = inputProblems({ job: { ...DOCSWRITE, '\ud800': 1, [`\u001b]0;x\u0007${'y'.repeat(500)}`]: 1 } });
    expect(odd.map(({ field }) => field)).toEqual(['job.\ufffd', `job.${'y'.repeat(95)}…`]);
    const input = { job: DOCSWRITE, ...Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`key${n}`, 1])) };
    const problems = firstProblems(inputProblems(input));
    expect([problems.length, problems.at(-1)]).toEqual([21, { field: 'input', problem: 'has 59980 more problems' }]);
    expect(sentenceOf(inputProblems(input)).length).toBeLessThan(1_000);
    expect(limitsProblems({ '\ud800': 1 }, 'limits')).toEqual([{ field: 'limits.\ufffd', problem: 'is not known' }]);
  });

  test('all of them together, in one sentence', () => {
    const input = {
      job: { provider: 'deepwriter', jobId: 7, queueType: 'x' },
      polling: { mode: 1 },
      limits: { onLimit: 2 },
      extra: 1,
    };
    expect(sentenceOf(inputProblems(input))).toBe(
      'extra is not known; job.queueType is not known; job.jobId must be text; polling.mode must be adaptive or fixed; ' +
        'limits.onLimit must be one of stop, cancel, alert',
    );
  });

  test('and never the value of one, which may be a secret (I2)', () => {
    const secret = 'dw_live_SECRET\u0000';
    const job = { provider: secret, jobId: secret };
    const known = { ...DOCSWRITE, jobId: secret, account: secret, queueType: secret };
    const rest = { polling: { mode: secret, intervalMs: secret }, limits: { totalMs: secret, onLimit: secret } };
    const labels = { team: secret, [secret]: 'x' };
    const inputs = [
      secret,
      { job, labels, ...rest },
      { job: known, labels, ...rest },
      { job: { ...DEEPWRITER, jobId: secret } },
    ];
    const told = inputs.map((input) => sentenceOf(inputProblems(input))).join('\n');
    expect(told).not.toContain('SECRET');
    expect(inputs.every((input) => inputProblems(input).length > 0)).toBe(true);
  });
});

describe('the polling policy', () => {
  test.each([
    ['nothing', undefined, DEFAULT_POLLING],
    ['an undefined option', { minIntervalMs: undefined }, DEFAULT_POLLING],
    ['a mode', { mode: 'fixed', intervalMs: 9_000 } as const, { ...DEFAULT_POLLING, mode: 'fixed', intervalMs: 9_000 }],
    [
      'a longer shortest interval',
      { minIntervalMs: 90_000 },
      { ...DEFAULT_POLLING, minIntervalMs: 90_000, maxIntervalMs: 90_000 },
    ],
    [
      'a shorter longest interval',
      { maxIntervalMs: 1_500 },
      { ...DEFAULT_POLLING, minIntervalMs: 1_500, maxIntervalMs: 1_500 },
    ],
  ])('puts %s over the defaults, and its bounds never cross', (_, given, expected) => {
    expect(withPolling(DEFAULT_POLLING, given)).toEqual(expected);
  });
});
