import type { Call } from '../http/call.ts';
import { ControlError } from '../control/error.ts';
import { presetAction } from './presets.ts';
import type { Fault, FaultRecord } from '../model.ts';
import type { World } from '../state/world.ts';

/** @returns the id of the fault @throws ControlError without a known preset or an action */
export function addFault(world: World, fault: Fault): string {
  const action = fault.action ?? (fault.preset === undefined ? undefined : presetAction(fault.preset, fault.params));
  if (action === undefined) throw new ControlError('a fault needs a preset or an action');
  world.faultsMade += 1;
  const id = `fault-${world.faultsMade}`;
  const untilMs = fault.forMs === undefined ? {} : { untilMs: world.clock.now() + fault.forMs };
  world.faults.push({ ...fault, ...untilMs, action, id, matched: 0 });
  return id;
}

function concerns(fault: FaultRecord, call: Call, nowMs: number): boolean {
  const route = fault.route ?? 'any';
  return (
    call.route !== 'other' &&
    (route === 'any' || route === call.route) &&
    (fault.jobId === undefined || fault.jobId.toLowerCase() === call.jobId?.toLowerCase()) &&
    (fault.credential === undefined || call.carried.some(({ token }) => token === fault.credential)) &&
    nowMs >= (fault.fromMs ?? -Infinity) &&
    nowMs < (fault.untilMs ?? Infinity)
  );
}

/** Counts the call at every matching fault. @returns the first that is due; null: none */
export function faultFor(world: World, call: Call): FaultRecord | null {
  let picked: FaultRecord | null = null;
  for (const fault of world.faults) {
    if (!concerns(fault, call, world.clock.now())) continue;
    fault.matched += 1;
    const from = fault.fromCall ?? 1;
    const to = Math.min(fault.toCall ?? Infinity, fault.times === undefined ? Infinity : from + fault.times - 1);
    const inTurn = (fault.matched - from) % (fault.every ?? 1) === 0;
    if (picked === null && fault.matched >= from && fault.matched <= to && inTurn) picked = fault;
  }
  return picked;
}
