import type { Snapshot } from '../../contract/job.ts';
import type { Json } from '../../contract/json.ts';
import { boundJson } from './bounds.ts';
import type { Bounded } from './bounds.ts';
import { maskJson } from '../http/mask.ts';
import type { Mask } from '../http/mask.ts';
import { cleanText } from './text.ts';

const MAX_WARNINGS = 50;
const MAX_MARK = 64;

/**
 * Cuts what an adapter has read to a size that fits into a history (I9): texts, the result, the details as a whole. It also masks the
 * credential for the last time (I2), because cleaning a text may join the parts of a credential that the service had split.
 */
export function boundSnapshot(snapshot: Snapshot, mask: Mask): Snapshot {
  const { details, result, rawProgress, state, progress, scheduled, cancellable, torn, ranForMs } = snapshot;
  const text = (raw: string | null): string | null => cleanText(mask(cleanText(raw) ?? ''));
  const kept = boundMasked(details, mask);
  // Each field by its name: an adapter may hand on more than it should, and nothing else has been cut and masked.
  return {
    state,
    progress,
    scheduled,
    cancellable,
    torn,
    ranForMs,
    // Only a mark of change, but in the history too.
    ...(rawProgress === undefined ? {} : { rawProgress: cleanText(mask(cleanText(rawProgress, MAX_MARK) ?? '')) }),
    providerState: text(snapshot.providerState),
    stage: text(snapshot.stage),
    title: text(snapshot.title),
    message: text(snapshot.message),
    lastError: text(snapshot.lastError),
    reason: text(snapshot.reason),
    createdAt: text(snapshot.createdAt),
    startedAt: text(snapshot.startedAt),
    finishedAt: text(snapshot.finishedAt),
    details: kept.kept ? (kept.value as Record<string, Json>) : { dropped: kept.note },
    result: result && boundResult(result, mask),
  };
}

function boundResult(result: NonNullable<Snapshot['result']>, mask: Mask): Snapshot['result'] {
  const kept = boundMasked(result.value, mask);
  // Cut twice: a mask may lengthen what it takes.
  const warnings = result.warnings
    .slice(0, MAX_WARNINGS)
    .map((warning) => cleanText(mask(cleanText(warning) ?? '')) ?? '');
  const clean = cleanText(result.link);
  const link = clean === result.link && clean !== null && mask(clean) === clean ? clean : null; // half a link leads nowhere
  return kept.kept
    ? { value: kept.value, link, warnings }
    : { value: null, link, warnings: [`result dropped: ${kept.note}`, ...warnings] };
}

/** Bounds twice: a walk over what is too large is not worth the work, and a mask may lengthen what it takes. */
function boundMasked(value: unknown, mask: Mask): Bounded {
  const copy = boundJson(value);
  return copy.kept ? boundJson(maskJson(copy.value, mask)) : copy;
}
