import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, test } from 'vitest';
import { actionsOf } from '../support/actions.ts';
import { readHistory } from './histories.ts';

const none = { localActivities: 0, retries: 0, attributes: 0, signals: 0, updates: 0 };

test.each([
  ['given-back-1', { starts: 1, localActivities: 1, activities: 7, retries: 1, timers: 8, attributes: 8 }],
  [
    'cancelled-by-update-1',
    { starts: 1, localActivities: 1, activities: 7, retries: 1, timers: 5, attributes: 3, updates: 1 },
  ],
  ['continued-2', { starts: 1, activities: 5, timers: 1, attributes: 1 }],
])('the actions of the recorded history %s are counted as Temporal Cloud bills them', (name, actions) => {
  const { events } = historyFromJSON(readHistory(name));
  expect(actionsOf(events ?? [])).toEqual({ ...none, ...actions });
});
