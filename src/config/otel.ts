import { type Environment, type Setting, valueOf } from './row.ts';

/** The variables of OpenTelemetry that switch traces on or hold secrets. Its SDK reads them, and more, itself. */
export const otelSettings: readonly Setting[] = [
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    meaning: 'URL of a collector; switches traces on, which are sent to /v1/traces below it',
  },
  { name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', meaning: 'The same for traces alone, as the whole URL' },
  { name: 'OTEL_EXPORTER_OTLP_PROTOCOL', meaning: 'http/protobuf, http/json or grpc', default: 'http/protobuf' },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    meaning: 'Headers for the collector: name=value, with commas between',
    secret: true,
  },
  { name: 'OTEL_EXPORTER_OTLP_TRACES_HEADERS', meaning: 'The same for traces alone', secret: true },
  { name: 'OTEL_SERVICE_NAME', meaning: 'Name of this process in traces', default: 'durable-job-tracker' },
  { name: 'OTEL_RESOURCE_ATTRIBUTES', meaning: 'More attributes of this process: name=value, with commas between' },
  {
    name: 'OTEL_TRACES_SAMPLER',
    meaning: 'Which traces are recorded, such as parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG=0.1',
    default: 'parentbased_always_on',
  },
  { name: 'OTEL_TRACES_EXPORTER', meaning: 'none: traces are off' },
  { name: 'OTEL_SDK_DISABLED', meaning: 'true: traces are off' },
];

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
const HEADERS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'];

/** @returns the variable that switches traces on; null: they are off */
export function traceSwitchOf(env: Environment): string | null {
  const isOff = valueOf(env, 'OTEL_SDK_DISABLED')?.trim().toLowerCase() === 'true';
  const exporters = (valueOf(env, 'OTEL_TRACES_EXPORTER') ?? '').split(',').map((name) => name.trim());
  if (isOff || exporters.includes('none')) return null;
  return ENDPOINTS.find((name) => valueOf(env, name) !== null) ?? null;
}

/** @returns what a collector asks for: the values of the headers one by one, users and passwords of the URLs */
export function otelSecretsOf(env: Environment): string[] {
  const valuesOf = (names: readonly string[]): string[] => names.flatMap((name) => valueOf(env, name) ?? []);
  const headers = valuesOf(HEADERS).flatMap((text) => text.split(',').map((pair) => pair.slice(pair.indexOf('=') + 1)));
  const users = valuesOf(ENDPOINTS).flatMap((text) => {
    const { username, password } = URL.canParse(text) ? new URL(text) : { username: '', password: '' };
    return [username, password];
  });
  return [...headers, ...users].flatMap((text) => [text, decoded(text), decoded(text).replace(/^\S+\s+/, '')]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text;
  }
}
