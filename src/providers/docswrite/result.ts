import { isRecord } from '../../contract/json.ts';
import { BIG_NUMBERS } from '../http/exact-json.ts';
import type { ServiceAnswer } from '../http/service-call.ts';
import { boundJson } from '../reading/bounds.ts';
import { cleanText, MAX_TEXT } from '../reading/text.ts';

/** A post has few images. Of a longer list, the rest is only counted. */
const MAX_WARNINGS = 20;

/**
 * Reads `returnValue`, or `post`. It may be any JSON, also a falsy value (P13). It is kept as sent, up to 64 KiB and 32 levels.
 * @returns `isAbsent`: the key is missing or null, which mean the same at this service (P12). `failedWith`: the result says that the job
 * failed, and why; null: it gives no reason; undefined: the job did not fail
 * @see the vendor's client: `{error: false, post_url, data: {id, link?, url?}, image_failures?: []}`
 */
export function docswriteResult(data: Readonly<Record<string, unknown>>, { hasBigNumbers }: ServiceAnswer) {
  const sent = data['returnValue'] ?? data['post'] ?? null;
  const bounded = boundJson(sent);
  const fields = isRecord(sent) ? sent : {};
  const link = linkOf(fields);
  const failure = failureIn(fields, link);
  // A link means that the post was published. Then other failures are only warnings.
  const isPublished = link !== null && fields['error'] !== true;
  const warnings = [
    ...(isPublished && failure !== undefined ? [`the result reports a failure: ${failure ?? 'without a reason'}`] : []),
    ...imageWarnings(fields['image_failures']),
    ...(bounded.kept ? [] : [`result dropped: ${bounded.note}`]),
    ...(hasBigNumbers ? [BIG_NUMBERS] : []),
  ];
  const result = { value: bounded.kept ? bounded.value : null, link, warnings };
  return { result, isAbsent: sent === null, failedWith: isPublished ? undefined : failure };
}

/** @returns the failure in the result; null: a failure without a reason; undefined: no failure */
function failureIn(
  { error, success, message }: Readonly<Record<string, unknown>>,
  link: string | null,
): string | null | undefined {
  const inner = isRecord(error) ? cleanText(error['message']) : cleanText(error);
  const says = error === true || success === false || (inner !== null && !(success === true && link !== null));
  return says ? (cleanText(message) ?? inner) : undefined;
}

function linkOf(fields: Readonly<Record<string, unknown>>): string | null {
  const inner = isRecord(fields['data']) ? fields['data'] : {};
  return webLink(fields['post_url']) ?? webLink(inner['link']) ?? webLink(inner['url']);
}

/** @returns the link if it is a whole http or https address, because people click on it; else null */
function webLink(raw: unknown): string | null {
  const text = cleanText(raw, MAX_TEXT);
  return text !== null && text === raw && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : null;
}

function imageWarnings(raw: unknown): string[] {
  if (!Array.isArray(raw)) return [];
  const shown = raw.slice(0, MAX_WARNINGS).map((failure) => `image failed: ${imageText(failure)}`);
  return raw.length > MAX_WARNINGS ? [...shown, `${raw.length - MAX_WARNINGS} more images failed`] : shown;
}

function imageText(failure: unknown): string {
  const text = cleanText(failure, 200);
  if (text !== null) return text;
  const bounded = boundJson(failure);
  return bounded.kept ? (cleanText(JSON.stringify(bounded.value), 200) ?? 'unnamed') : 'unnamed';
}
