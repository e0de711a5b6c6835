import {bytesToKey} from '../../protocol/bytes.ts';
import {MAINTENANCE_WINDOW} from '../../protocol/chain/limits.ts';
import type {MaintenanceRecord} from '../../protocol/chain/sparse-records.ts';
import {SEAT} from '../../protocol/chain/state-records.ts';
import {hasDuties} from '../node-duties.ts';
import {putDutyNote, putNewDuties, putSwarmEpoch} from '../state/duties.ts';
import {maintenanceRecords} from '../state/node-notes.ts';
import {seatedBySwarm} from './seats.ts';
import type {Entry, Transition} from './transition.ts';

/** Nodes with a record of maintenance, by bytesToKey. PERF: these are few, and asking for each node's is not free. */
type Maintenance = ReadonlyMap<string, MaintenanceRecord>;

function maintenanceIn({state}: Transition): Maintenance {
  const records = maintenanceRecords.entries(state);
  return new Map(Array.from(records, ([nodeId, record]) => [bytesToKey(nodeId), record]));
}

/** Whether the node is in maintenance in the epoch that begins; one epoch of it is spent then. */
function spendMaintenance(t: Transition, {nodeId}: Entry, all: Maintenance): boolean {
  const {state, nextEpoch, transitions} = t;
  const record = all.size === 0 ? undefined : all.get(bytesToKey(nodeId));
  if (record === undefined) return false;
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
  const maintenance = maintenanceIn(t);
  const isOnDuty = (entry: Entry): boolean =>
    hasDuties(entry.node) && !spendMaintenance(t, entry, maintenance);
  const onDuty = t.entries.filter(isOnDuty);
  const swarms = seatedBySwarm({entries: onDuty});
  putNewDuties(state, epoch, swarms);
  for (const [swarmId, members] of swarms) {
    const joining = members.filter(({node}) => node.seat === SEAT.joining);
    for (const {nodeId} of joining) {
      putDutyNote(state, {epoch, swarmId, nodeId}, {joining: true, before: undefined});
    }
    const dutyCount = members.length - joining.length;
    putSwarmEpoch(state, {epoch, swarmId}, {dutyCount, w: undefined});
  }
  return onDuty.length;
}
