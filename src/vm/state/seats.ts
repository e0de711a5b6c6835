import {type NodeId, toNodeId} from '../../protocol/bytes.ts';
import {seatKey, swarmSeatsPrefix} from '../../protocol/chain/state-keys.ts';
import {SwarmSeat} from '../../protocol/chain/state-records.ts';
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
  for (const [key] of state.entries(swarmSeatsPrefix(swarmId))) yield toNodeId(key.subarray(5));
}
