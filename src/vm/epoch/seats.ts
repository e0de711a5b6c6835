import {UNASSIGNED_SWARM} from '../../protocol/chain/limits.ts';
import {SEAT} from '../../protocol/chain/state-records.ts';
import {InvariantError} from '../../protocol/errors.ts';
import {deleteSeat, getSeat, putSeat} from '../state/seats.ts';
import type {Entry, Transition} from './transition.ts';

/** A new seat is joining, whoever gets it. SPEC.md §6.4. */
export function giveSeat(t: Transition, entry: Entry, swarmId: number): void {
  const {nodeId} = entry;
  putSeat(t.state, {swarmId, nodeId}, {since: t.nextEpoch});
  entry.node = {...entry.node, swarmId, seat: SEAT.joining, joiningEpochs: 0};
}

export function freeSeat(t: Transition, entry: Entry): void {
  const {nodeId, node} = entry;
  if (node.seat === SEAT.none) return;
  deleteSeat(t.state, node.swarmId, nodeId);
  entry.node = {...node, seat: SEAT.none, swarmId: UNASSIGNED_SWARM, joiningEpochs: 0};
}

/** Moves a seat with its status and its age. */
export function moveSeat(t: Transition, entry: Entry, swarmId: number): void {
  const {nodeId, node} = entry;
  const seat = getSeat(t.state, node.swarmId, nodeId);
  if (seat === undefined) throw new InvariantError('a seated node without a seat');
  deleteSeat(t.state, node.swarmId, nodeId);
  putSeat(t.state, {swarmId, nodeId}, seat);
  entry.node = {...node, swarmId};
}

/** Seated nodes by swarm, each in NodeID order. */
export function seatedBySwarm({entries}: Pick<Transition, 'entries'>): Map<number, Entry[]> {
  const swarms = new Map<number, Entry[]>();
  for (const entry of entries) {
    const {seat, swarmId} = entry.node;
    if (seat === SEAT.none) continue;
    const members = swarms.get(swarmId);
    if (members === undefined) swarms.set(swarmId, [entry]);
    else members.push(entry);
  }
  return swarms;
}
