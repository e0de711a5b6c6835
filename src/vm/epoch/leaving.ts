import {compareBytes} from '../../protocol/bytes.ts';
import {DECOMMISSION_EPOCHS} from '../../protocol/chain/limits.ts';
import {LEAVING, SEAT, STATUS} from '../../protocol/chain/state-records.ts';
import {hasFreeSlotAmong, isReturning} from '../node-duties.ts';
import {leavingRecords} from '../state/node-notes.ts';
import {freeSeat, seatedBySwarm} from './seats.ts';
import {type Entry, findEntry, type Transition} from './transition.ts';

const isDecommissioning = ({node}: Entry): boolean => node.status === STATUS.decommissioning;

/** The node's successor, if it is still one: active, and in the same swarm. */
function successorOf(t: Transition, {nodeId, node}: Entry): Entry | undefined {
  const record = leavingRecords.get(t.state, nodeId);
  if (record.successor === undefined) return undefined;
  const successor = findEntry(t, record.successor);
  if (successor?.node.status === STATUS.active && successor.node.swarmId === node.swarmId) {
    return successor;
  }
  leavingRecords.put(t.state, nodeId, {...record, successor: undefined});
  return undefined;
}

function retire(t: Transition, entry: Entry): void {
  freeSeat(t, entry);
  leavingRecords.delete(t.state, entry.nodeId);
  t.bookings.unbonded += entry.node.stake;
  t.bookings.retired += 1;
  entry.node = {
    ...entry.node,
    status: STATUS.retired,
    unbondsAt: t.nowSeconds + BigInt(t.rules.unbondingSeconds),
  };
}

function isOver(t: Transition, {node}: Entry, isFollowed: boolean): boolean {
  const {leaving, seat, retiresAtTransition} = node;
  if (leaving === LEAVING.wish && seat === SEAT.none) return true;
  if (retiresAtTransition === 0n) return false; // waits for its turn
  return (leaving === LEAVING.wish && isFollowed) || retiresAtTransition <= t.transitions;
}

function goOn(t: Transition, entry: Entry): void {
  const isFollowed = successorOf(t, entry)?.node.seat === SEAT.serving;
  if (isOver(t, entry, isFollowed)) retire(t, entry);
  else if (isFollowed && entry.node.leaving !== LEAVING.wish && !isReturning(entry.node)) {
    freeSeat(t, entry);
    leavingRecords.delete(t.state, entry.nodeId);
  }
}

type Queued = {readonly entry: Entry; readonly queuedAt: bigint};

function queue(t: Transition): Queued[] {
  return t.entries
    .filter(isDecommissioning)
    .flatMap((entry): Queued[] => {
      const {queuedAt} = leavingRecords.get(t.state, entry.nodeId);
      return queuedAt === undefined ? [] : [{entry, queuedAt}];
    })
    .sort(
      (a, b) => Number(a.queuedAt - b.queuedAt) || compareBytes(a.entry.nodeId, b.entry.nodeId),
    );
}

/**
 * Nodes whose successors serve, or whose clock has run down, go; those that wait take their turn.
 * SPEC.md §6.8.
 */
export function turnLeaving(t: Transition): void {
  for (const entry of t.entries) {
    if (isDecommissioning(entry)) goOn(t, entry);
  }
  const swarms = seatedBySwarm(t);
  const {transitions} = t;
  for (const {entry} of queue(t)) {
    const {nodeId} = entry;
    const members = swarms.get(entry.node.swarmId) ?? [];
    const standing = members.map((member) => [member.nodeId, member.node] as const);
    if (!hasFreeSlotAmong(t.state, standing, {nodeId, transitions})) continue;
    const record = leavingRecords.get(t.state, nodeId);
    leavingRecords.put(t.state, nodeId, {...record, queuedAt: undefined});
    entry.node = {...entry.node, retiresAtTransition: transitions + DECOMMISSION_EPOCHS};
  }
}
