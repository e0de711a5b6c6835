import {equalBytes, type NodeId} from '../protocol/bytes.ts';
import type {LeavingRecord} from '../protocol/chain/sparse-records.ts';
import {
  type EpochState,
  LEAVING,
  SEAT,
  type ServiceNode,
  STATUS,
} from '../protocol/chain/state-records.ts';
import {faultRecords, leavingRecords, maintenanceRecords} from './state/node-notes.ts';
import {swarmMembers} from './state/seats.ts';
import {getServiceNode} from './state/service-nodes.ts';
import type {StateReader} from './state/view.ts';

/** A state, and the epoch that runs in it. */
type Running = {
  readonly state: StateReader;
  readonly running: Pick<EpochState, 'transitions'>;
};

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

/**
 * Whether a node that was given duties in the running epoch still has them. One that was convicted in
 * it has none before the next, even if its owner has brought the stake back. SPEC.md §5.4.
 */
export function keepsDuties({state, running}: Running, nodeId: NodeId, node: Standing): boolean {
  if (!hasDuties(node)) return false;
  return !isReturning(node) || faultRecords.get(state, nodeId).transition !== running.transitions;
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

function takesSlot(state: StateReader, [nodeId, node]: Member, transitions: bigint): boolean {
  const {epochsLeft, spent} = maintenanceRecords.get(state, nodeId);
  // In the last epoch of a maintenance nothing is left of it, and the node is away all the same.
  if (epochsLeft > 0 || spent.at(-1) === transitions) return true;
  return isLeaving(node, leavingRecords.get(state, nodeId));
}

/** Who asks for a slot, and the number of the transition that began the epoch it asks for. */
type Asking = {readonly nodeId: NodeId; readonly transitions: bigint};

/** Whether one of these members may leave or go into maintenance beside the others. SPEC.md §5.3. */
export function hasFreeSlotAmong(
  state: StateReader,
  members: readonly Member[],
  {nodeId, transitions}: Asking,
): boolean {
  const others = members.filter(([other]) => !equalBytes(other, nodeId));
  const taken = others.filter((member) => takesSlot(state, member, transitions)).length;
  return taken < Math.max(1, Math.floor(members.length / 4));
}

/** As above, for a swarm as the state has it in the running epoch. */
export function hasFreeSlot({state, running}: Running, nodeId: NodeId, swarmId: number): boolean {
  const members = [...swarmMembers(state, swarmId)].flatMap((member): Member[] => {
    const node = getServiceNode(state, member);
    return node === undefined ? [] : [[member, node]];
  });
  return hasFreeSlotAmong(state, members, {nodeId, transitions: running.transitions});
}
