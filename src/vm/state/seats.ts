import type {NodeId} from '../../protocol/bytes.ts';
import {nodeIdOf, SEAT_PREFIX, seatKey, swarmSeatsPrefix} from '../../protocol/chain/state-keys.ts';
import {SwarmSeat} from '../../protocol/chain/state-records.ts';
import {decode} from '../../protocol/codec.ts';
import {getRecord, putRecord} from './record.ts';
import type {StateReader, StateWriter} from './view.ts';

export function putSeat(
  state: StateWriter,
  {swarmId, nodeId}: {readonly swarmId: number; readonly nodeId: NodeId},
  seat: SwarmSeat,
): void {
  putRecord(state, seatKey(swarmId, nodeId), SwarmSeat, seat);
}

export function getSeat(
  state: StateReader,
  swarmId: number,
  nodeId: NodeId,
): SwarmSeat | undefined {
  return getRecord(state, seatKey(swarmId, nodeId), SwarmSeat);
}

export function deleteSeat(state: StateWriter, swarmId: number, nodeId: NodeId): void {
  state.delete(seatKey(swarmId, nodeId));
}

/** Members of a swarm in NodeID order. */
export function* swarmMembers(state: StateReader, swarmId: number): Generator<NodeId> {
  for (const [key] of state.entries(swarmSeatsPrefix(swarmId))) yield nodeIdOf(key);
}

/** Seats given before an epoch, as their nodes. */
export function* seatedBefore(state: StateReader, epoch: bigint): Generator<NodeId> {
  for (const [key, value] of state.entries(SEAT_PREFIX)) {
    if (decode(SwarmSeat, value).since < epoch) yield nodeIdOf(key);
  }
}
