import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { type OddAnswer, oddAnswers } from './odd-answers.ts';

export interface OddService {
  url: string;
  answers: number;
  /** The number of answers for each path. */
  paths: Map<string, number>;
  statuses: Map<number, number>;
  close: () => Promise<void>;
}

/** Starts a service that plays both providers. It gives the odd answers of a seed, and counts them. */
export async function startOddService(options: {
  seed: number;
  secret: string;
  onAnswer: (answers: number) => void;
}): Promise<OddService> {
  const script = oddAnswers(options.seed, options.secret);
  const service = { answers: 0, paths: new Map<string, number>(), statuses: new Map<number, number>() };
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = await idOf(request);
    const answer = script[service.answers % script.length] as OddAnswer;
    service.answers += 1;
    count(service.statuses, answer.status);
    count(service.paths, (request.url ?? '').replace(/\?.*/s, ''));
    say(response, { ...answer, body: answer.body.replaceAll('@id', id) });
    options.onAnswer(service.answers);
  };
  const server = createServer((request, response) => void answerTo(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(service, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close });
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

async function idOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return (
    new URL(request.url ?? '', 'http://x').searchParams.get('jobId') ??
    String((JSON.parse(body || '{}') as { jobId?: unknown }).jobId)
  );
}

const BOMB = gzipSync(Buffer.alloc(20 * 1_024 * 1_024, 'a'));

function say(response: ServerResponse, { status, headers, body, wire }: OddAnswer): void {
  const coded = (encoding: string, bytes: Buffer): void => {
    response.writeHead(status, { ...headers, 'content-encoding': encoding });
    response.end(bytes);
  };
  switch (wire) {
    case 'gone':
      return void response.destroy();
    case 'garbage':
      return void response.socket?.end(`HTTP/1.1 ${body.slice(0, 100)}\r\n\r\n`);
    case 'cut':
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) + 10 });
      response.write(body, () => response.destroy());
      return undefined;
    case 'early': // an informational answer with a status from 100 to 199
      return void response.socket?.end(`HTTP/1.1 ${100 + (body.length % 100)} \u00e4\r\nx-odd: 1\r\n\r\n`);
    case 'latin1':
    case 'utf16le':
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
      return void response.end(Buffer.from(body, wire));
    case 'half a character':
      response.writeHead(status, headers);
      return void response.end(Buffer.concat([Buffer.from(body).subarray(0, -3), Buffer.from([0xe2, 0x82, 0xff])]));
    case 'gzip':
      return coded('gzip', gzipSync(body));
    case 'half of a gzip':
      return coded('deflate', deflateSync(body).subarray(0, 10));
    case 'bomb':
      return coded('gzip', BOMB);
    case 'whole':
      response.writeHead(status, headers);
      return void response.end(body);
    default:
      return wire satisfies never;
  }
}
