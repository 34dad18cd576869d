import type { CreatedJob, Ending, Service, SimulatorControl } from '../../../src/simulators/simulator.ts';

type Fields = Record<string, unknown>;
export interface Answer {
  status: number;
  json: Fields | null;
  text: string;
  headers: Headers;
}

const HEADER: Record<string, (token: string) => Record<string, string>> = {
  bearer: (token) => ({ authorization: `Bearer ${token}` }),
  'x-access-token': (token) => ({ 'x-access-token': token }),
  'x-api-key': (token) => ({ 'x-api-key': token }),
};
const credentialHeader = ({ token, style }: CreatedJob['credential']): Record<string, string> =>
  HEADER[style]?.(token) ?? {};

export async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  let json: Fields | null = null;
  try {
    json = JSON.parse(text) as Fields;
  } catch {
    // an answer may also be no JSON
  }
  return { status: response.status, json, text, headers: response.headers };
}

const post = (credential: CreatedJob['credential'], body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...credentialHeader(credential) },
  body: JSON.stringify(body),
});

/** Reads the status once, as a well-behaved client does. */
export function readStatus(url: string, job: CreatedJob): Promise<Answer> {
  if (job.queueType !== undefined) {
    return ask(`${url}/api/job/status`, post(job.credential, { jobId: job.jobId, queueType: job.queueType }));
  }
  return ask(`${url}/api/getJobStatus?jobId=${job.jobId}`, { headers: credentialHeader(job.credential) });
}

export function askCancel(url: string, job: CreatedJob, signal?: AbortSignal): Promise<Answer> {
  const init = post(job.credential, { jobId: job.jobId });
  return ask(`${url}/api/cancelJob`, signal === undefined ? init : { ...init, signal });
}

type Reading = { is: 'end'; ending: Ending } | { is: 'going' | 'missing' | 'held' | 'torn' | 'trouble' } | Refusal;
interface Refusal {
  is: 'unauthorized' | 'rejected';
  reason: string;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** @returns the creation time in whole seconds, if it is a number */
function bornAt(data: Fields): number | null {
  const { timestamp } = data;
  if (typeof timestamp !== 'number') return null;
  return Math.floor(timestamp < 1e11 ? timestamp : timestamp / 1000);
}

function docswriteEnd(data: Fields): Reading {
  const value = 'returnValue' in data ? data['returnValue'] : data['post'];
  const result = isFields(value) ? value : {};
  if (result['error'] === true) return { is: 'end', ending: { status: 'failed', reason: textOf(result['message']) } };
  const inner = isFields(result['data']) ? result['data'] : {};
  const link = textOf(result['post_url']) ?? textOf(inner['link']) ?? textOf(inner['url']);
  const failures = result['image_failures'];
  const ending: Ending = { status: 'completed', link, warnings: Array.isArray(failures) ? failures.length : 0 };
  const torn = (value === null || value === undefined) && (data['finishedOn'] ?? null) === null;
  return torn ? { is: 'torn' } : { is: 'end', ending };
}

function readJob(service: Service, data: Fields): Reading {
  const word = textOf(data[service === 'docswrite' ? 'state' : 'status'])
    ?.trim()
    .toLowerCase();
  if (word === 'unknown' || word === 'stuck') return { is: 'missing' };
  if (word === 'failed')
    return { is: 'end', ending: { status: 'failed', reason: textOf(data['failedReason'] ?? data['error_message']) } };
  if (word === 'cancelled' || word === 'canceled') return { is: 'end', ending: { status: 'cancelled' } };
  if (word === 'moderated') return { is: 'held' };
  if (word !== 'completed') return { is: 'going' };
  return service === 'docswrite' ? docswriteEnd(data) : { is: 'end', ending: { status: 'completed' } };
}

function readAnswer(service: Service, { status, json }: Answer): Reading {
  const message = textOf(json?.['message']) ?? textOf(json?.['error']) ?? '';
  if (status === 404) return { is: 'missing' };
  if (status === 401 || status === 402 || status === 403) return { is: 'unauthorized', reason: message };
  if (status >= 400 && status < 500) return { is: 'rejected', reason: message };
  if (status !== 200 || json === null || json['success'] === false || json['error'] === true) return { is: 'trouble' };
  const data = json['data'] ?? json;
  return isFields(data) ? readJob(service, data) : { is: 'trouble' };
}

export interface Stage {
  service: Service;
  url: string;
  control: SimulatorControl;
}

const MANY = 90;

/** Sends a cancel once, and gives up if there is no answer. @returns true if the cancel should be sent again */
async function cancelOnce(url: string, job: CreatedJob): Promise<boolean> {
  const answer = await askCancel(url, job, AbortSignal.timeout(80)).catch(() => null);
  return answer === null || answer.status >= 300;
}

/** Follows a job by the rules of docs/providers.md. This is a second, very simple implementation, and does not know the script. */
export async function playToTheEnd({ service, url, control }: Stage, job: CreatedJob): Promise<Ending> {
  let credential = job.credential;
  let cancelling = job.asksCancel;
  let born: number | null = null;
  let seen = false;
  const tally = { missing: 0, held: 0, torn: 0, unauthorized: 0, rejected: 0 };
  for (let poll = 1; poll <= MANY; poll += 1) {
    const answer = await readStatus(url, { ...job, credential });
    let reading = readAnswer(service, answer);
    const data = isFields(answer.json?.['data']) ? answer.json['data'] : {};
    const age = bornAt(data);
    if (age !== null && born !== null && age !== born) reading = { is: 'missing' };
    born ??= age;
    if (reading.is === 'end') return reading.ending;
    if (reading.is === 'going') seen = true;
    if (reading.is === 'going' && cancelling && poll > 2) cancelling = await cancelOnce(url, job);
    if (reading.is === 'unauthorized' && seen && job.scenario === 'jwt-expires') {
      const token = `${credential.token}.next`;
      await control.setCredential({ token, style: credential.style, status: 'valid', replaces: credential.token });
      credential = { ...credential, token };
    }
    for (const kind of ['missing', 'held', 'torn', 'unauthorized', 'rejected'] as const) {
      tally[kind] = reading.is === kind ? tally[kind] + 1 : 0;
    }
    if (tally.missing >= 3) return { status: seen ? 'lost' : 'not-found' };
    if (tally.held >= 2) return { status: 'moderated' };
    if (tally.torn >= 2) return { status: 'completed', link: null, warnings: 0 };
    if ((reading.is === 'unauthorized' || reading.is === 'rejected') && tally[reading.is] >= 3) {
      return { status: reading.is, reason: reading.reason };
    }
  }
  return { status: 'never' };
}
