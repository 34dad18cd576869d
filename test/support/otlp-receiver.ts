import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

/** A span, as a collector receives it. */
export interface ReceivedSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** null: it is a root. */
  parentSpanId: string | null;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  attributes: Record<string, unknown>;
  /** 0 unset, 1 ok, 2 error. */
  status: number;
  statusText: string;
  links: { traceId: string; spanId: string }[];
  startMs: number;
  endMs: number;
  service: unknown;
}

/** A collector that speaks OTLP over HTTP, with protobuf or JSON. */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: () => ReceivedSpan[];
  /** What it has received, as text, to search for secrets. */
  readonly text: () => string;
  readonly headers: () => IncomingMessage['headers'][];
  readonly close: () => Promise<void>;
}

const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, ...(rule && { rule }) });

/** The messages and field numbers of opentelemetry/proto/collector/trace/v1 that a test reads. A reader skips the other fields. */
const root = protobuf.Root.fromJSON({
  nested: {
    Request: { fields: { resourceSpans: field('ResourceSpans', 1, 'repeated') } },
    ResourceSpans: { fields: { resource: field('Resource', 1), scopeSpans: field('ScopeSpans', 2, 'repeated') } },
    Resource: { fields: { attributes: field('KeyValue', 1, 'repeated') } },
    ScopeSpans: { fields: { spans: field('Span', 2, 'repeated') } },
    Span: {
      fields: {
        traceId: field('bytes', 1),
        spanId: field('bytes', 2),
        parentSpanId: field('bytes', 4),
        name: field('string', 5),
        kind: field('int32', 6),
        startTimeUnixNano: field('fixed64', 7),
        endTimeUnixNano: field('fixed64', 8),
        attributes: field('KeyValue', 9, 'repeated'),
        links: field('Link', 13, 'repeated'),
        status: field('Status', 15),
      },
    },
    Link: { fields: { traceId: field('bytes', 1), spanId: field('bytes', 2) } },
    Status: { fields: { message: field('string', 2), code: field('int32', 3) } },
    KeyValue: { fields: { key: field('string', 1), value: field('AnyValue', 2) } },
    AnyValue: {
      oneofs: { value: { oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue'] } },
      fields: {
        stringValue: field('string', 1),
        boolValue: field('bool', 2),
        intValue: field('int64', 3),
        doubleValue: field('double', 4),
      },
    },
  },
});

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

interface RawSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: number;
  startTimeUnixNano: string | number;
  endTimeUnixNano: string | number;
  attributes?: Attribute[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number; message?: string };
}

interface RawRequest {
  resourceSpans?: { resource?: { attributes?: Attribute[] }; scopeSpans?: { spans?: RawSpan[] }[] }[];
}

/** Starts one on this port; 0: any free port. */
export async function startOtlpReceiver(port = 0): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const texts: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const receive = async (incoming: IncomingMessage): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const sent = Buffer.concat(pieces);
    const body = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    headers.push(incoming.headers);
    texts.push(body.toString('latin1'));
    const isJson = incoming.headers['content-type'] === 'application/json';
    spans.push(...spansIn(isJson ? (JSON.parse(body.toString('utf8')) as RawRequest) : decoded(body)));
  };
  const server = createServer((incoming, outgoing) => {
    const received = incoming.url === '/v1/traces' ? receive(incoming) : Promise.reject(new Error('no such path'));
    received.then(
      () => outgoing.writeHead(200).end(),
      (error: unknown) => outgoing.writeHead(400).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    text: () => texts.join('\n'),
    headers: () => headers,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function decoded(body: Buffer): RawRequest {
  const type = root.lookupType('Request');
  const raw = type.toObject(type.decode(body), { longs: String }) as unknown as {
    resourceSpans?: { scopeSpans?: { spans?: Record<string, unknown>[] }[] }[];
  };
  for (const { scopeSpans = [] } of raw.resourceSpans ?? []) {
    for (const span of scopeSpans.flatMap(({ spans = [] }) => spans)) inHex(span);
  }
  return raw as RawRequest;
}

/** In JSON, OTLP writes ids in hexadecimal. */
function inHex(span: Record<string, unknown>): void {
  for (const name of ['traceId', 'spanId', 'parentSpanId']) {
    if (span[name] instanceof Uint8Array) span[name] = Buffer.from(span[name]).toString('hex');
  }
  for (const link of (span['links'] ?? []) as Record<string, unknown>[]) inHex(link);
}

function spansIn({ resourceSpans = [] }: RawRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
    const service = attributesOf(resource?.attributes)['service.name'];
    return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => ({ ...readable(span), service })));
  });
}

function readable(span: RawSpan): Omit<ReceivedSpan, 'service'> {
  const { name, traceId, spanId, parentSpanId = '', kind = 0, links = [], status = {} } = span;
  return {
    name,
    traceId,
    spanId,
    parentSpanId: parentSpanId === '' ? null : parentSpanId,
    kind,
    attributes: attributesOf(span.attributes),
    status: status.code ?? 0,
    statusText: status.message ?? '',
    links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
  };
}

function attributesOf(given: readonly Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(
    given.map(({ key, value }) => {
      const { intValue, doubleValue, stringValue, boolValue } = value;
      return [key, stringValue ?? boolValue ?? Number(intValue ?? doubleValue)];
    }),
  );
}
