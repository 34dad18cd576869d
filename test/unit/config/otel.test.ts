import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/index.ts';
import { otelSecretsOf, traceSwitchOf } from '../../../src/config/otel.ts';
import { maskKnown } from '../../../src/process/masking.ts';

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const collector = { [ENDPOINT]: 'http://collector:4318' };

test.each([
  [{}, null],
  [{ [ENDPOINT]: '' }, null],
  [collector, ENDPOINT],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/v1/traces' }, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
  [{ ...collector, OTEL_SDK_DISABLED: 'TRUE' }, null],
  [{ ...collector, OTEL_SDK_DISABLED: 'false' }, ENDPOINT],
  [{ ...collector, OTEL_TRACES_EXPORTER: 'none' }, null],
  [{ ...collector, OTEL_TRACES_EXPORTER: 'otlp' }, ENDPOINT],
])('%j: traces are switched on by %s', (env, variable) => {
  expect(traceSwitchOf(env)).toBe(variable);
});

test('the secrets of a collector are masked one by one, also in their decoded form', () => {
  const env = {
    [ENDPOINT]: 'https://scraper:hunter2hunter2@collector:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=team-books,authorization=Bearer%20s3cr3t-t0ken-of-the-collector',
  };
  expect(otelSecretsOf(env)).toEqual(expect.arrayContaining(['hunter2hunter2', 's3cr3t-t0ken-of-the-collector']));
  loadConfig(env);
  expect(maskKnown('refused: s3cr3t-t0ken-of-the-collector, hunter2hunter2')).toBe('refused: [redacted], [redacted]');
});

test('JOBTRACK_TRACE_HOSTS is a list of hosts, and nothing else', () => {
  const hostsOf = (text?: string) => loadConfig(text === undefined ? {} : { JOBTRACK_TRACE_HOSTS: text }).traceHosts;
  expect(hostsOf()).toEqual([]);
  expect(hostsOf('API.example.com, localhost:8080,[::1]:80,')).toEqual([
    'api.example.com',
    'localhost:8080',
    '[::1]:80',
  ]);
  for (const wrong of ['https://api.example.com', 'api.example.com/v1', '*', 'a b']) {
    expect(() => hostsOf(wrong)).toThrow(
      'JOBTRACK_TRACE_HOSTS: must be hosts such as api.example.com or localhost:8080',
    );
  }
});
