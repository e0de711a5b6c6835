import {MAINTENANCE_WINDOW} from '../../protocol/chain/limits.ts';
import {SEAT} from '../../protocol/chain/state-records.ts';
import {hasDuties} from '../node-duties.ts';
import {NO_DUTY_DONE, putDuty, putDutyNote, putSwarmEpoch} from '../state/duties.ts';
import {maintenanceRecords} from '../state/node-notes.ts';
import type {Entry, Transition} from './transition.ts';

/** Whether the node is in maintenance in the epoch that begins; one epoch of it is spent then. */
function spendMaintenance(t: Transition, {nodeId}: Entry): boolean {
  const {state, nextEpoch, transitions} = t;
  const record = maintenanceRecords.get(state, nodeId);
  if (record === maintenanceRecords.none) return false;
  const isDue = record.epochsLeft > 0 && record.fromEpoch <= nextEpoch;
  const recent = record.spent.filter((at) => at + MAINTENANCE_WINDOW > transitions);
  if (!isDue && recent.length === record.spent.length) return false;
  maintenanceRecords.put(state, nodeId, {
    fromEpoch: record.fromEpoch,
    epochsLeft: isDue ? record.epochsLeft - 1 : record.epochsLeft,
    spent: isDue ? [...recent, transitions] : recent,
  });
  return isDue;
}

/** Gives out the duties of the epoch that begins. @returns how many. SPEC.md §6.10. */
export function assignDuties(t: Transition): number {
  const {state, nextEpoch: epoch} = t;
  const serving = new Map<number, number>();
  let count = 0;
  for (const entry of t.entries) {
    const {nodeId, node} = entry;
    if (!hasDuties(node) || spendMaintenance(t, entry)) continue;
    const at = {epoch, swarmId: node.swarmId, nodeId};
    putDuty(state, at, NO_DUTY_DONE);
    const joining = node.seat === SEAT.joining;
    if (joining) putDutyNote(state, at, {joining, before: undefined});
    serving.set(node.swarmId, (serving.get(node.swarmId) ?? 0) + (joining ? 0 : 1));
    count += 1;
  }
  for (const [swarmId, dutyCount] of serving) {
    putSwarmEpoch(state, {epoch, swarmId}, {dutyCount, w: undefined});
  }
  return count;
}
