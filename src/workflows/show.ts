import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttributePair } from '../contract.ts';
import { searchAttributes } from '../contract.ts';
import { progressOf } from '../domain/progress.ts';
import { detailsOf } from '../domain/render.ts';
import type { Track } from '../domain/track.ts';

type Shown = { [name in keyof typeof searchAttributes]: string | number | string[] | null };

/** Shows the track at the UI: the details in memory, the search attributes by one event when one of them changed. */
export function createShowing(carried: Track | undefined): (track: Track) => void {
  let shown = carried === undefined ? null : shownOf(carried); // attributes survive continue-as-new, details do not
  return (track) => {
    setCurrentDetails(detailsOf(progressOf(track)));
    if (track.plan?.searchAttributes !== true) return;
    const next = shownOf(track);
    const names = Object.keys(searchAttributes) as (keyof Shown)[];
    const changed = names.filter((name) => JSON.stringify(next[name]) !== JSON.stringify(shown?.[name] ?? null));
    if (changed.length > 0) upsertSearchAttributes(changed.map((name) => pairOf(name, next[name])));
    shown = next;
  };
}

function pairOf(name: keyof Shown, value: Shown[keyof Shown]): SearchAttributePair {
  return { key: searchAttributes[name], value } as SearchAttributePair;
}

function shownOf(track: Track): Shown {
  const { job, labels, state, progress, health } = progressOf(track);
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
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
