import * as fc from 'fast-check';
import { oddJson, oddText, nearly } from './odd.ts';

/** One answer of a hostile service. `@id` is replaced by the requested job id. */
export interface OddAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  wire: 'whole' | (typeof WIRES)[number];
}

const WIRES = [
  ...(['cut', 'gone', 'garbage', 'early', 'gzip', 'half of a gzip', 'bomb'] as const),
  ...(['latin1', 'utf16le', 'half a character'] as const),
];

const OPEN = ['waiting', 'active', 'delayed', 'prioritized', 'queued', 'in_progress', 'odd', 'draft'];
const ENDS = ['completed', 'failed', 'cancelled', 'moderated', 'unknown', 'stuck'];
const anyState = fc.oneof(
  { arbitrary: fc.constantFrom(...OPEN), weight: 8 },
  { arbitrary: fc.constantFrom(...ENDS), weight: 1 },
);
const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, 50, 100, -1, 1_700_000_000_000));
// The id is mostly the requested one, because after an answer about another job the next poll comes only after 15 s.
const anyId = fc.oneof({ arbitrary: fc.constant('@id'), weight: 30 }, { arbitrary: oddJson, weight: 1 });

/** @param secret some texts contain it: unchanged, broken up or encoded */
function textsWith(secret: string): fc.Arbitrary<string> {
  const forms = [
    secret,
    secret.split('').join('\u0007'),
    `${secret.slice(0, 9)}\u200b\u001b[31m${secret.slice(9)}`,
    encodeURIComponent(secret),
    ...['', 'u', 'user:'].map((before) => Buffer.from(`${before}${secret}`).toString('base64')),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    JSON.stringify({ token: secret }),
  ];
  return fc.oneof(
    { arbitrary: oddText, weight: 20 },
    { arbitrary: fc.constantFrom(...forms), weight: 1 },
    {
      arbitrary: fc.constantFrom('Job not found', 'Unauthorized', 'https://a.example/', '2026-01-01T00:00:00Z'),
      weight: 2,
    },
  );
}

function anyAnswer(secret: string): fc.Arbitrary<OddAnswer> {
  const text = textsWith(secret);
  const body = fc.oneof(
    { arbitrary: anyJsonBody(text), weight: 40 },
    { arbitrary: anyRawBody(text), weight: 4 },
    { arbitrary: anyLargeBody(), weight: 2 },
    { arbitrary: anyTwiceSaid(text), weight: 2 },
  );
  const wire = fc.oneof(
    { arbitrary: fc.constant('whole' as const), weight: 15 },
    { arbitrary: fc.constantFrom(...WIRES), weight: 1 },
  );
  return fc.record({ status: fc.constant(200), headers: anyHeaders(text), body, wire });
}

/** The first and the last status that a final HTTP answer can have. */
export const STATUSES = { first: 200, last: 999 };
const EVERY = 6;

/** Every sixth answer gets the next status, until each status was used once. */
function withStatuses(answers: readonly OddAnswer[]): OddAnswer[] {
  return answers.map((answer, n) => {
    const status = STATUSES.first + Math.floor(n / EVERY);
    return n % EVERY > 0 || status > STATUSES.last ? answer : { ...answer, status, wire: 'whole' };
  });
}

/** Answers of either service about a job, and refusals. Each field can have an odd value. */
function anyJsonBody(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const odd = fc.oneof({ arbitrary: text, weight: 3 }, { arbitrary: oddJson, weight: 1 });
  const shared = { progress: anyNumber, error: odd, message: text };
  const times = { timestamp: anyNumber, processedOn: anyNumber, finishedOn: anyNumber, created_at: text };
  const texts = { failedReason: text, progress_stage: text, title: text, error_message: text };
  const fields = { ...shared, ...times, ...texts, percent_complete: anyNumber, returnValue: odd };
  const word = fc.oneof({ arbitrary: anyState, weight: 6 }, { arbitrary: odd, weight: 1 });
  const known = fc.record({ id: anyId, state: word, status: word });
  // One service wraps the job, the other one does not. Both adapters can read this form.
  const wrapped = (data: { id?: unknown; status?: unknown }): unknown => ({
    success: true,
    data,
    id: data.id,
    status: data.status,
  });
  const job = fc.tuple(nearly(fields, odd), known).map((parts) => Object.assign({}, ...parts) as object);
  const refusal = nearly({ success: fc.boolean(), error: odd, code: text, message: text, details: odd }, odd);
  return fc
    .oneof(
      { arbitrary: job, weight: 8 },
      { arbitrary: job.map(wrapped), weight: 8 },
      { arbitrary: refusal, weight: 3 },
      { arbitrary: odd, weight: 1 },
    )
    .map((value) => JSON.stringify(value) ?? '');
}

function anyRawBody(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const large = ['['.repeat(100_000), 'x'.repeat(1_100_000), `1862341234567890123 "${'\\"'.repeat(500_000)}`];
  return fc.oneof(text, fc.constantFrom('', ' ', '<html>', '{', '{"state":1e999}', ...large));
}

/** A normal answer with one extreme value: very deep, very large or very precise, but valid JSON. */
function anyLargeBody(): fc.Arbitrary<string> {
  const deep = fc.integer({ min: 1, max: 60_000 }).map((levels) => '['.repeat(levels) + ']'.repeat(levels));
  const value = fc.oneof(deep, fc.constantFrom('12345678901234567890', '"\\ud800"', `"${'\\"'.repeat(200_000)}"`));
  return value.map(
    (odd) => `{"id":"@id","state":"active","status":"queued","returnValue":${odd},"title":${odd},"progress":${odd}}`,
  );
}

/** JSON with duplicate keys, and with names that every object already has. */
function anyTwiceSaid(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const names = ['id', 'state', 'status', 'progress', 'data', '__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const values = ['"@id"', '"active"', '"completed"', '{"state":"failed"}', 'null', '1e309', '-0', '0.1e-400'];
  const value = fc.oneof(
    fc.constantFrom(...values),
    text.map((said) => JSON.stringify(said)),
  );
  const field = fc.tuple(fc.constantFrom(...names), value).map(([name, said]) => `"${name}":${said}`);
  return fc
    .array(field, { minLength: 2, maxLength: 20 })
    .map((fields) => `{"__proto__":{"status":"failed","progress":1},${fields.join(',')},"id":"@id","status":"queued"}`);
}

// There is no valid header with a long wait, because it would correctly defer all jobs of the account.
function anyHeaders(text: fc.Arbitrary<string>): fc.Arbitrary<Record<string, string>> {
  const value = fc.oneof(
    text,
    fc.constantFrom('1', '0', '-1', 'soon', '', 'gzip', 'text/html', 'Thu, 01 Jan 1970 00:00:00 GMT'),
  );
  const sent = value.map((raw) =>
    raw
      .replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '')
      .trim()
      .slice(0, 2_000),
  );
  const name = fc.constantFrom(
    'content-type',
    'content-encoding',
    'date',
    'location',
    'cf-ray',
    'cf-mitigated',
    'set-cookie',
    'x-odd',
    'ratelimit-policy',
  );
  return fc.dictionary(name, sent, { maxKeys: 3 });
}

/** The number of answers. Each status comes at least once. */
const SCRIPT = EVERY * (STATUSES.last - STATUSES.first + 1);

/** @param secret some of the answers contain it, in many forms */
export function oddAnswers(seed: number, secret: string): OddAnswer[] {
  return withStatuses(fc.sample(anyAnswer(secret), { seed, numRuns: SCRIPT }));
}
