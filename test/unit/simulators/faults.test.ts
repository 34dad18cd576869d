import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FAULT_PRESETS } from '../../../src/simulators/faults/presets.ts';
import {
  DOCSWRITE_SITE_TOKEN,
  startSimulator,
  type CreatedJob,
  type Fault,
  type Simulator,
} from '../../../src/simulators/simulator.ts';
import { readStatus } from './play.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
let simulator: Simulator;
let job: CreatedJob;
beforeEach(async () => {
  simulator = await startSimulator({ service: 'docswrite', now: () => NOW });
  job = await simulator.control.createJob({ scenario: 'long' });
});
afterEach(() => simulator.close());

const read = () => readStatus(simulator.url, job);
async function spoilt(fault: Fault) {
  await simulator.control.clearFaults();
  await simulator.control.addFault(fault);
  return read();
}

/** @returns everything that the socket receives until it closes */
async function raw(fault: Fault): Promise<string> {
  await simulator.control.addFault(fault);
  const socket = createConnection(simulator.port, '127.0.0.1');
  let heard = '';
  socket.on('data', (piece) => (heard += piece.toString('utf8')));
  socket.on('error', (error: NodeJS.ErrnoException) => (heard += `<${error.code}>`));
  const body = JSON.stringify({ jobId: job.jobId });
  socket.write(
    `POST /api/job/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nx-access-token: ${DOCSWRITE_SITE_TOKEN}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await new Promise((done) => socket.once('close', done));
  return heard;
}

describe('answers', () => {
  test.each([
    [{ preset: 'retry-after-seconds' }, '5'],
    [{ preset: 'retry-after-text', params: { value: '99999999999' } }, '99999999999'],
    [{ preset: 'retry-after-text', params: { value: '' } }, ''],
    [{ preset: 'retry-after-doubled' }, '5, 9'],
    [{ preset: 'retry-after-none' }, null],
    [{ preset: 'retry-after-date' }, 'Thu, 15 Jan 2026 12:00:05 GMT'],
    [{ preset: 'retry-after-date', params: { shape: '850' } }, 'Thursday, 15-Jan-26 12:00:05 GMT'],
    [{ preset: 'retry-after-date', params: { shape: 'asctime', inMs: -60_000 } }, 'Thu Jan 15 11:59:00 2026'],
  ] as [Fault, string | null][])('%j sends its Retry-After', async (fault, expected) => {
    const answer = await spoilt(fault);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, expected]);
  });

  test('a date may come with a Date header that is wrong by the same time', async () => {
    const { headers } = await spoilt({ preset: 'retry-after-date', params: { dateSkewMs: 3_600_000 } });
    expect([headers.get('date'), headers.get('retry-after')]).toEqual([
      'Thu, 15 Jan 2026 13:00:00 GMT',
      'Thu, 15 Jan 2026 13:00:05 GMT',
    ]);
  });

  test('rate headers come in each format with the real answer', async () => {
    const shapes: Record<string, unknown> = {};
    for (const shape of ['draft-06', 'draft-07', 'draft-08', 'x-ratelimit', 'broken']) {
      const { status, headers } = await spoilt({ preset: 'rate-limit', params: { shape } });
      shapes[shape] = [
        status,
        headers.get('ratelimit-remaining') ?? headers.get('x-ratelimit-remaining') ?? headers.get('ratelimit'),
      ];
    }
    expect(shapes).toEqual({
      'draft-06': [200, '0'],
      'draft-07': [200, 'limit=60, remaining=0, reset=30'],
      'draft-08': [200, '"default";r=0;t=30'],
      'x-ratelimit': [200, '0'],
      broken: [200, 'none'],
    });
    const epoch = await spoilt({ preset: 'rate-limit', params: { resetAs: 'epoch-s' } });
    expect(epoch.headers.get('ratelimit-reset')).toBe(String(NOW / 1000 + 30));
  });

  test('a CDN page is HTML with its marks, and does not advance the script', async () => {
    const answer = await spoilt({ preset: 'cdn-page', params: { status: 522 } });
    expect([answer.status, answer.text.startsWith('<!DOCTYPE'), answer.headers.get('cf-mitigated')]).toEqual([
      522,
      true,
      'challenge',
    ]);
    expect(await simulator.control.job(job.jobId)).toMatchObject({ polls: 1, answered: 0 });
  });

  test('bodies that are no job, or nearly none', async () => {
    const texts: Record<string, string> = {};
    for (const is of ['204', 'empty', 'null', 'array', 'scalar', 'bom', 'json-as-text', 'text-as-json']) {
      texts[is] = (await spoilt({ preset: 'body', params: { is } })).text.slice(0, 12);
    }
    // fetch removes the byte order mark
    expect(texts).toEqual({
      '204': '',
      empty: '',
      null: 'null',
      array: '[]',
      scalar: '42',
      bom: '{"success":t',
      'json-as-text': '{"success":t',
      'text-as-json': 'all is well',
    });
    const nested = await spoilt({ preset: 'body', params: { is: 'nested' } });
    expect(nested.text.length).toBe(200_000);
  });

  test('another id, the step before, a late answer and an unexpected 304', async () => {
    const idOf = async (fault: Fault) => /"id":"(\d+)"/.exec((await spoilt(fault)).text)?.[1];
    expect(await idOf({ preset: 'other-id' })).toBe('10');
    expect(await idOf({ preset: 'late-answer', params: { ms: 5 } })).toBe('1');
    expect((await spoilt({ preset: 'not-modified' })).status).toBe(304);
    await simulator.control.clearFaults();
    const stepper = await simulator.control.createJob({ scenario: 'changes', params: { changes: 3 } });
    await readStatus(simulator.url, stepper);
    await simulator.control.addFault({ preset: 'older-answer' });
    expect((await readStatus(simulator.url, stepper)).json).toMatchObject({ data: { progress: 1 } });
  });

  test.each(['301', '302', '303', '307', '308'])(
    'a %s to the second listener records whether a credential arrives',
    async (status) => {
      const answer = await spoilt({ preset: 'redirect', params: { status: Number(status), to: 'other-port' } });
      expect(answer.status).toBe(Number(status));
      await fetch(answer.headers.get('location') ?? '', { headers: { 'x-access-token': DOCSWRITE_SITE_TOKEN } });
      expect(await simulator.control.trapped()).toMatchObject([
        { method: 'GET', credentialHeaders: ['x-access-token'] },
      ]);
      expect((await simulator.control.violations()).map(({ kind }) => kind)).toEqual(['credential-at-redirect-target']);
    },
  );
});

describe('on the wire', () => {
  test('JSON is cut in three ways, each with a 200 before it', async () => {
    const lengths = await raw({ preset: 'truncated', times: 1 });
    const chunked = await raw({ preset: 'truncated', params: { how: 'chunked' } });
    expect(lengths).toMatch(/^HTTP\/1\.1 200 OK[^]*Content-Length: \d+\r\n\r\n\{/);
    expect(chunked).toMatch(/Transfer-Encoding: chunked\r\n\r\n[0-9a-f]+\r\n\{[^]*[^0]\r\n$/);
    await simulator.control.clearFaults();
    const closed = await raw({ preset: 'truncated', params: { how: 'close' } });
    expect(closed).toMatch(/Connection: close\r\n\r\n\{/);
    expect(() => JSON.parse(closed.split('\r\n\r\n')[1] ?? '')).toThrow();
  });

  test('a connection is reset, closed without an answer, or reset in the body', async () => {
    expect(await raw({ preset: 'reset-before-headers', times: 1 })).toBe('<ECONNRESET>');
    await simulator.control.clearFaults();
    expect(await raw({ preset: 'closed-without-answer' })).toBe('');
    await simulator.control.clearFaults();
    expect(await raw({ preset: 'reset-in-body' })).toMatch(/200 OK[^]*\{[^]*<ECONNRESET>$/);
    expect((await simulator.control.requests()).map(({ status }) => status)).toEqual([null, null, 200]);
  });

  test('a gzip bomb is small on the wire and large behind it', async () => {
    const { text, headers } = await spoilt({ preset: 'gzip-bomb', params: { bytes: 4_000_000 } });
    expect(headers.get('content-encoding')).toBe('gzip');
    expect(text.length).toBeGreaterThan(4_000_000);
    const sent = await raw({ preset: 'gzip-bomb' });
    expect(sent).toContain('content-encoding: gzip');
    expect(sent.length).toBeLessThan(40_000);
  }, 20_000);

  test.each(['slow-headers', 'no-answer', 'trickling-body', 'endless-body', 'stalled-body', 'huge-body'])(
    '%s ends when the client gives up',
    async (preset) => {
      await simulator.control.addFault({ preset });
      const gaveUp = new AbortController();
      const reading = fetch(`${simulator.url}/api/job/status`, {
        method: 'POST',
        signal: gaveUp.signal,
        headers: { 'content-type': 'application/json', 'x-access-token': DOCSWRITE_SITE_TOKEN },
        body: JSON.stringify({ jobId: job.jobId }),
      });
      const whole = reading.then((response) => response.text());
      await expect.poll(async () => (await simulator.control.requests()).length).toBe(1);
      gaveUp.abort();
      await expect(whole).rejects.toThrow();
    },
  );

  test('a body in small pieces arrives completely', async () => {
    expect((await spoilt({ preset: 'trickling-body', params: { everyMs: 1, bytes: 20 } })).json).toMatchObject({
      success: true,
    });
  });

  test('a paused simulator refuses connections, and comes back on the same port', async () => {
    await simulator.control.pause();
    await expect(read()).rejects.toThrow();
    await simulator.control.resume();
    expect((await read()).status).toBe(200);
  });
});

describe('which calls', () => {
  const statuses = async (count: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let n = 0; n < count; n += 1) seen.push((await read()).status);
    return seen;
  };

  test.each([
    [{ times: 2 }, [500, 500, 200, 200]],
    [{ fromCall: 2, toCall: 3 }, [200, 500, 500, 200]],
    [{ every: 2 }, [500, 200, 500, 200]],
    [{ route: 'cancel' as const }, [200, 200, 200, 200]],
    [{ jobId: 'another' }, [200, 200, 200, 200]],
    [{ credential: DOCSWRITE_SITE_TOKEN, times: 1 }, [500, 200, 200, 200]],
    [{ fromMs: NOW + 1 }, [200, 200, 200, 200]],
  ])('%j', async (which, expected) => {
    await simulator.control.addFault({ preset: 'server-error', ...which });
    expect(await statuses(4)).toEqual(expected);
  });

  test('a time window begins and ends by the simulator clock', async () => {
    const { control } = simulator;
    await control.addFault({ preset: 'server-error', fromMs: NOW + 1000, untilMs: NOW + 2000 });
    const seen = await statuses(1);
    await control.clock.advance(1000);
    seen.push(...(await statuses(1)));
    await control.clock.advance(1000);
    expect([...seen, ...(await statuses(1))]).toEqual([200, 500, 200]);
  });

  test('every preset can be made from its own defaults, and says what it stands for', () => {
    const { control } = simulator;
    const made = Object.entries(FAULT_PRESETS).map(
      ([preset, { pitfalls }]) => [control.addFault({ preset, times: 0 }), pitfalls] as const,
    );
    expect(made.every(([, pitfalls]) => pitfalls !== '')).toBe(true);
    return Promise.all(made.map(([adding]) => adding));
  });
});
