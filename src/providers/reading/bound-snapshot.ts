import type { Snapshot } from '../../contract/job.ts';
import type { Json } from '../../contract/json.ts';
import { type Bounded, boundJson } from './bounds.ts';
import { type Mask, maskJson } from '../http/mask.ts';
import { maskedText } from './text.ts';

const MAX_WARNINGS = 50;
const MAX_MARK = 64;

/** Limits the size of a snapshot for the history (I9): texts, the result, and the details as a whole. It also masks the credential again. */
export function boundSnapshot(snapshot: Snapshot, mask: Mask): Snapshot {
  const { details, result, rawProgress, state, progress, scheduled, cancellable, torn, ranForMs } = snapshot;
  const text = (raw: string | null): string | null => maskedText(raw, mask);
  const kept = boundMasked(details, mask);
  // Each field is named, so that an adapter cannot add a field that is not limited and masked.
  return {
    state,
    progress,
    scheduled,
    cancellable,
    torn,
    ranForMs,
    // It only marks a change, but it is in the history too.
    ...(rawProgress === undefined ? {} : { rawProgress: maskedText(rawProgress, mask, MAX_MARK) }),
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
  const warnings = result.warnings.slice(0, MAX_WARNINGS).map((warning) => maskedText(warning, mask) ?? '');
  const shown = maskedText(result.link, mask);
  const link = shown === result.link ? shown : null; // a cut link does not work
  return kept.kept
    ? { value: kept.value, link, warnings }
    : { value: null, link, warnings: [`result dropped: ${kept.note}`, ...warnings] };
}

/** Limited twice: before the mask, to save work on a value that is too large; after it, because a mask may lengthen a text. */
function boundMasked(value: unknown, mask: Mask): Bounded {
  const copy = boundJson(value);
  return copy.kept ? boundJson(maskJson(copy.value, mask)) : copy;
}
