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

type Member = readonly [NodeId, Pick<ServiceNode, 'status' | 'leaving'>];

function takesSlot(state: StateReader, [nodeId, node]: Member): boolean {
  if (maintenanceRecords.get(state, nodeId).epochsLeft > 0) return true;
  return isLeaving(node, leavingRecords.get(state, nodeId));
}

/** Whether one more of these members may leave or go into maintenance now. SPEC.md §5.3. */
export function hasFreeSlotAmong(state: StateReader, members: readonly Member[]): boolean {
  const taken = members.filter((member) => takesSlot(state, member)).length;
  return taken < Math.max(1, Math.floor(members.length / 4));
}

/** As above, for a swarm as the state has it. */
export function hasFreeSlot(state: StateReader, swarmId: number): boolean {
  const members = [...swarmMembers(state, swarmId)].flatMap((nodeId): Member[] => {
    const node = getServiceNode(state, nodeId);
    return node === undefined ? [] : [[nodeId, node]];
  });
  return hasFreeSlotAmong(state, members);
}
