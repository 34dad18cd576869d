import type { Snapshot } from '../domain/job.ts';
import type { Json } from '../domain/json.ts';
import { boundJson } from './bounds.ts';
import { cleanText } from './text.ts';

const MAX_WARNINGS = 50;

/** What any adapter read, cut to what a history bears (I9): texts, the result, the details as a whole. */
export function boundSnapshot(snapshot: Snapshot): Snapshot {
  const { details, result } = snapshot;
  const kept = boundJson(details);
  return {
    ...snapshot,
    providerState: cleanText(snapshot.providerState),
    stage: cleanText(snapshot.stage),
    title: cleanText(snapshot.title),
    message: cleanText(snapshot.message),
    lastError: cleanText(snapshot.lastError),
    reason: cleanText(snapshot.reason),
    details: kept.kept ? (kept.value as Record<string, Json>) : { dropped: kept.note },
    result: result && boundResult(result),
  };
}

function boundResult(result: NonNullable<Snapshot['result']>): Snapshot['result'] {
  const kept = boundJson(result.value);
  const warnings = result.warnings.slice(0, MAX_WARNINGS).map((warning) => cleanText(warning) ?? '');
  const link = cleanText(result.link) === result.link ? result.link : null; // half a link leads nowhere
  return kept.kept
    ? { value: kept.value, link, warnings }
    : { value: null, link, warnings: [`result dropped: ${kept.note}`, ...warnings] };
}
