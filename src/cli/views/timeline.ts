import type { TimelineEntry } from '../../client.ts';
import { percentOf } from '../../contract/render.ts';
import { tableOf } from './table.ts';
import { plain } from './text.ts';

export function timelineTable(entries: readonly TimelineEntry[]): string {
  const rows = entries.map(({ at, state, providerState, progress, note }) =>
    [at, state, providerState ?? '–', percentOf(progress), note ?? ''].map(plain),
  );
  return tableOf(['AT', 'STATE', 'PROVIDER SAYS', 'PROGRESS', 'NOTE'], rows);
}
