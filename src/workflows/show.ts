import { patched, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { type JobProgress, searchAttributes } from '../contract/index.ts';
import type { AttributeChoice } from '../contract/plan.ts';
import { labelPairsOf } from '../contract/labels.ts';
import { progressOf } from '../tracking/views/progress.ts';
import { detailsOf } from '../contract/render.ts';
import type { Track } from '../tracking/track.ts';

type Shown = { [name in keyof typeof searchAttributes]: string | number | string[] | null };

/** Shows the track in the UI. The details are in memory only. The search attributes are written, in one event, when one of them has changed. */
export function createShowing(carried: Track | null): (track: Track) => void {
  let shown = carried === null ? null : shownOf(progressOf(carried)); // attributes survive continue-as-new, details do not
  let isOver = false;
  return (track) => {
    const progress = progressOf(track);
    setCurrentDetails(detailsOf(progress));
    const choice = track.request.plan?.searchAttributes ?? false;
    if (choice === false || isOver) return;
    isOver = progress.outcome !== null;
    const next = { ...shownOf(progress), ...endOf(progress) };
    const names = (Object.keys(searchAttributes) as (keyof Shown)[]).filter((name) => isChosen(choice, name));
    const changed = names.filter((name) => JSON.stringify(next[name]) !== JSON.stringify(shown?.[name] ?? null));
    if (changed.length > 0) upsertSearchAttributes(changed.map((name) => pairOf(name, next[name])));
    shown = next;
  };
}

function isChosen(choice: AttributeChoice, name: keyof Shown): boolean {
  return choice === true || (choice !== false && choice.includes(searchAttributes[name].name));
}

/**
 * After the end, the state says how tracking ended. Otherwise a list would show a lost job as running. `patched` is asked only if the
 * two words differ, because its marker costs two events.
 */
function endOf({ outcome, state }: JobProgress): Partial<Shown> {
  if (outcome === null || outcome.status === state) return {};
  return patched('state-shows-the-end') ? { state: outcome.status } : {};
}

function pairOf(name: keyof Shown, value: Shown[keyof Shown]): SearchAttributeUpdatePair {
  return { key: searchAttributes[name], value } as SearchAttributeUpdatePair;
}

function shownOf({ job, labels, state, progress, health }: JobProgress): Shown {
  const pairs = labelPairsOf(labels);
  return {
    provider: job.provider,
    account: job.account ?? null,
    externalId: job.jobId,
    state,
    health: health.status,
    labels: pairs.length === 0 ? null : pairs,
    progress: progress === null ? null : Math.floor(progress / 10) * 10,
  };
}
