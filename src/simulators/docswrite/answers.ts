import type { Ending, Fields } from '../model.ts';
import type { Given, Move } from '../scenarios/scenario.ts';

export const POST_URL = 'https://blog.example/a-post-that-nobody-wrote';
export const FAILED_REASON = 'Could not publish to blog.example: 503 Service Unavailable';
export const SUCCESS: Ending = { status: 'completed', link: POST_URL, warnings: 0 };
export const FAILURE: Ending = { status: 'failed', reason: FAILED_REASON };

/** @param begun when the attempt began, in units @param ended when the job ended, in units */
export function times(p: Given, begun?: number, ended?: number): Fields {
  return {
    timestamp: '@ms:0',
    ...(begun === undefined ? {} : { processedOn: `@ms:${p.ms(begun)}` }),
    ...(ended === undefined ? {} : { finishedOn: `@ms:${p.ms(ended)}` }),
  };
}

export const published: Fields = { error: false, post_url: POST_URL, data: { id: 1, link: POST_URL } };

export function waiting(at: number, fields: Fields = { timestamp: '@ms:0' }): Move {
  return { at, answer: { state: 'waiting', progress: 0, ...fields } };
}

/** @param begun when the attempt began, in units. Default: 1 */
export function active(
  at: number,
  progress: Fields['string'],
  { p, begun = 1, more = {} }: { p: Given; begun?: number; more?: Fields },
): Move {
  return { at, answer: { state: 'active', progress: progress ?? null, ...times(p, begun), ...more } };
}

export function completed(at: number, { p, begun = 1, more = {} }: { p: Given; begun?: number; more?: Fields }): Move {
  return { at, answer: { state: 'completed', progress: 100, returnValue: published, ...times(p, begun, at), ...more } };
}

export function failed(at: number, { p, begun = 1, more = {} }: { p: Given; begun?: number; more?: Fields }): Move {
  return { at, answer: { state: 'failed', failedReason: FAILED_REASON, ...times(p, begun, at), ...more } };
}

export const gone: Move['http'] = {
  status: 404,
  json: { error: true, message: 'Job not found', details: 'No job with this id' },
};
