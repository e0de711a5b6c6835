import type {NodeId} from '../protocol/bytes.ts';
import type {LeavingRecord} from '../protocol/chain/sparse-records.ts';
import {LEAVING, SEAT, type ServiceNode, STATUS} from '../protocol/chain/state-records.ts';
import {leavingRecords, maintenanceRecords} from './state/node-notes.ts';
import {swarmMembers} from './state/seats.ts';
import {getServiceNode} from './state/service-nodes.ts';
import type {StateReader} from './state/view.ts';

type Standing = Pick<ServiceNode, 'status' | 'leaving' | 'seat'>;

/** Decommissioned by penalty, but its owner has brought the stake back to the minimum. */
export function isReturning({status, leaving}: Pick<Standing, 'status' | 'leaving'>): boolean {
  return status === STATUS.decommissioning && leaving === LEAVING.no;
}

/** Seated, and active, leaving by wish or returning. SPEC.md §5. */
export function hasDuties(node: Standing): boolean {
  if (node.seat === SEAT.none) return false;
  const {status, leaving} = node;
  if (status === STATUS.active) return true;
  return status === STATUS.decommissioning && (leaving === LEAVING.wish || isReturning(node));
}

export function isServing(node: Standing): boolean {
  return node.seat === SEAT.serving && hasDuties(node);
}

/** Decommissioning, neither waiting for its turn nor on its way back. SPEC.md §6.4. */
export function isLeaving(
  node: Pick<ServiceNode, 'status' | 'leaving'>,
  record: LeavingRecord,
): boolean {
  return (
    node.status === STATUS.decommissioning && !isReturning(node) && record.queuedAt === undefined
  );
}

/** Whether one more member may leave or go into maintenance now. SPEC.md §5.3. */
export function hasFreeSlot(state: StateReader, swarmId: number): boolean {
  let [members, taken] = [0, 0];
  for (const nodeId of swarmMembers(state, swarmId)) {
    members += 1;
    if (takesSlot(state, nodeId)) taken += 1;
  }
  return taken < Math.max(1, Math.floor(members / 4));
}

function takesSlot(state: StateReader, nodeId: NodeId): boolean {
  if (maintenanceRecords.get(state, nodeId).epochsLeft > 0) return true;
  const node = getServiceNode(state, nodeId);
  return node !== undefined && isLeaving(node, leavingRecords.get(state, nodeId));
}
