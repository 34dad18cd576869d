import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { fill, jsonText, type AnswerTime } from '../scenarios/markers.ts';
import type { Action, HttpAnswer } from '../model.ts';

export interface Stage {
  time: AnswerTime;
  /** Targets of a redirect: this server, and the port of the second listener. */
  selfOrigin: string;
  trapPort: number;
  path: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

function bodyOf(answer: HttpAnswer, time: AnswerTime): string | null {
  if (answer.json !== undefined) return jsonText(fill(answer.json, time));
  return answer.text ?? null;
}

function head(outgoing: ServerResponse, answer: HttpAnswer, time: AnswerTime): void {
  outgoing.statusCode = answer.status;
  outgoing.sendDate = false;
  outgoing.setHeader('date', new Date(time.nowMs + (answer.dateSkewMs ?? 0)).toUTCString());
  if (answer.json !== undefined) outgoing.setHeader('content-type', JSON_TYPE);
  else if (answer.text !== undefined) outgoing.setHeader('content-type', 'text/plain; charset=utf-8');
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    outgoing.setHeader(name, fill(value, time) as string | string[]);
  }
}

function send(outgoing: ServerResponse, answer: HttpAnswer & { prefix?: string }, { time }: Stage): void {
  head(outgoing, answer, time);
  const body = bodyOf(answer, time);
  outgoing.end(body === null ? undefined : (answer.prefix ?? '') + body);
}

/** Repeats `turn` until it returns false, or the client closes the connection. */
function repeat(outgoing: ServerResponse, everyMs: number, turn: () => boolean): void {
  const timer = setInterval(() => {
    if (!turn()) clearInterval(timer);
  }, everyMs);
  outgoing.once('close', () => clearInterval(timer));
}

function trickle(outgoing: ServerResponse, body: Buffer, { everyMs, bytes }: { everyMs: number; bytes: number }): void {
  let at = 0;
  outgoing.setHeader('content-length', body.length);
  outgoing.flushHeaders();
  repeat(outgoing, everyMs, () => {
    outgoing.write(body.subarray(at, (at += bytes)));
    if (at >= body.length) outgoing.end();
    return at < body.length;
  });
}

function flood(outgoing: ServerResponse, { bytes, gzip }: { bytes: number; gzip: boolean }): void {
  const piece = Buffer.alloc(65_536, 'a');
  function* pieces(): Generator<Buffer> {
    yield Buffer.from('{"success":true,"data":{"state":"completed","returnValue":"');
    for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(left, piece.length));
    yield Buffer.from('"}}');
  }
  const source = Readable.from(pieces(), { objectMode: false });
  const body = gzip ? source.pipe(createGzip()) : source;
  if (gzip) outgoing.setHeader('content-encoding', 'gzip');
  outgoing.once('close', () => {
    source.destroy();
    body.destroy();
  });
  body.pipe(outgoing);
}

const FRAMES: Record<'content-length' | 'chunked' | 'close', (body: string) => [string, string]> = {
  'content-length': (body) => [`Content-Length: ${Buffer.byteLength(body)}`, body.slice(0, body.length / 2)],
  chunked: (body) => {
    const sent = body.slice(0, body.length / 2);
    return ['Transfer-Encoding: chunked', `${Buffer.byteLength(sent).toString(16)}\r\n${sent}\r\n`];
  },
  close: (body) => ['Connection: close', body.slice(0, body.length / 2)],
};

/** Sends half of an answer on the socket. Node's HTTP server would not allow wrong framing. */
function sendHalf(socket: Socket, body: string, how: keyof typeof FRAMES): Promise<void> {
  const [framing, sent] = FRAMES[how](body);
  return new Promise((done) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${JSON_TYPE}\r\n${framing}\r\n\r\n${sent}`, () => done());
  });
}

/** Time to send the bytes, because a reset discards unsent ones. */
const LEAVE_MS = 20;

async function drop(
  socket: Socket,
  when: 'before-headers' | 'without-answer' | 'in-body',
  body: string,
): Promise<void> {
  if (when === 'without-answer') return void socket.end();
  if (when === 'in-body') {
    await sendHalf(socket, body, 'content-length');
    await new Promise((done) => setTimeout(done, LEAVE_MS));
  }
  socket.resetAndDestroy();
}

function locationOf(action: Extract<Action, { kind: 'redirect' }>, stage: Stage): string {
  switch (action.to) {
    case 'other-host':
      return `http://localhost:${stage.trapPort}${stage.path}`;
    case 'other-port':
    case 'http':
      return `http://127.0.0.1:${stage.trapPort}${stage.path}`;
    case 'same-host':
      return `${stage.selfOrigin}/moved${stage.path}`;
    case 'loop':
      return `${stage.selfOrigin}${stage.path}`;
    default:
      return action.to satisfies never;
  }
}

const sleep = (ms: number, outgoing: ServerResponse): Promise<void> =>
  new Promise((done) => {
    const timer = setTimeout(done, ms);
    outgoing.once('close', () => (clearTimeout(timer), done()));
  });

export interface Performance {
  readonly action: Action;
  /** The service's own answer, for actions that alter it. */
  readonly own: HttpAnswer;
  readonly stage: Stage;
}

/**
 * Sends one answer.
 * @returns the status that was sent; null: none
 */
export async function perform(outgoing: ServerResponse, { action, own, stage }: Performance): Promise<number | null> {
  const { socket } = outgoing;
  if (socket === null) return null;
  const body = bodyOf(own, stage.time) ?? '';
  switch (action.kind) {
    case 'answer':
      send(outgoing, action, stage);
      return action.status;
    case 'real':
      if (action.delayMs !== undefined) await sleep(action.delayMs, outgoing);
      send(outgoing, { ...own, headers: { ...own.headers, ...action.headers }, prefix: action.prefix ?? '' }, stage);
      return own.status;
    case 'hang':
      return null;
    case 'drop':
      await drop(socket, action.when, body);
      return action.when === 'in-body' ? 200 : null;
    case 'truncate':
      await sendHalf(socket, body, action.how);
      socket.end();
      return 200;
    case 'redirect':
      send(outgoing, { status: action.status, headers: { location: locationOf(action, stage) }, text: '' }, stage);
      return action.status;
    case 'trickle':
    case 'endless':
    case 'stall':
    case 'flood':
      head(outgoing, { ...own, status: 200, json: null }, stage.time);
      pour(outgoing, action, body);
      return 200;
    default:
      return action satisfies never;
  }
}

function pour(
  outgoing: ServerResponse,
  action: Extract<Action, { kind: 'trickle' | 'endless' | 'stall' | 'flood' }>,
  body: string,
): void {
  switch (action.kind) {
    case 'trickle':
      return trickle(outgoing, Buffer.from(body), action);
    case 'flood':
      return flood(outgoing, action);
    case 'stall':
      outgoing.setHeader('content-length', Buffer.byteLength(body));
      return void outgoing.write(body.slice(0, body.length / 2));
    case 'endless':
      outgoing.write('{"success":true,"data":{"state":"active","progress":1,"note":"');
      return repeat(outgoing, action.everyMs, () => outgoing.write('and so on ') || true);
    default:
      return action satisfies never;
  }
}
