import { describe, expect, test } from 'vitest';
import { answering, failureOf, polled } from '../service.ts';

const ACTIVE = JSON.stringify({ success: true, data: { id: '42', state: 'active' } });

describe('H17: redirects', () => {
  test.each([301, 302, 303, 307, 308])(
    'H17: a %i is not followed, and the error names only the target host',
    async (status) => {
      const target = await answering({ body: ACTIVE });
      const location = `${target.url.replace('http://', 'http://user:pass@')}/api/job/status?token=abc`;
      const told = await failureOf(polled({ status, headers: { location } }));
      expect(told).toEqual({
        kind: 'unavailable',
        status,
        retryAfterMs: null,
        edge: false,
        message: `docswrite: poll failed [http=${status}]: redirected to ${new URL(target.url).host}; check the base URL`,
      });
      expect({ seen: target.seen, connections: target.connections }).toEqual({ seen: [], connections: 0 });
    },
  );

  test.each(['', '::::', 'http://['])('H17: a target that is no address does no harm: %j', async (location) => {
    expect(await failureOf(polled({ status: 302, headers: { location } }))).toMatchObject({ kind: 'unavailable' });
  });

  test('H17: an unexpected 304 is transient', async () => {
    expect(await failureOf(polled({ status: 304 }))).toMatchObject({ kind: 'unavailable', status: 304 });
  });
});
