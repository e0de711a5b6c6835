import {bytesToKey, type Hash, type NodeId, toHash, toNodeId} from '../../protocol/bytes.ts';
import {DutyNote} from '../../protocol/chain/sparse-records.ts';
import {
  DUTY_NOTE_PREFIX,
  DUTY_PREFIX,
  dutyKey,
  dutyNoteKey,
  epochPrefix,
  SWARM_EPOCH_PREFIX,
  type SwarmInEpoch,
  swarmDutiesPrefix,
  swarmEpochKey,
  swarmTalliesPrefix,
  TALLY_PREFIX,
  tallyKey,
} from '../../protocol/chain/state-keys.ts';
import {Duty, SwarmEpoch, Tally} from '../../protocol/chain/state-records.ts';
import {decode} from '../../protocol/codec.ts';
import {getRecord, putRecord} from './record.ts';
import type {StateReader, StateWriter} from './view.ts';

/** A node that has duties and has done none yet. */
export const NO_DUTY_DONE: Duty = {
  roundA: undefined,
  reveal: undefined,
  dissent: new Uint8Array(),
  roundB: undefined,
  answer: undefined,
};

export function getDuty(state: StateReader, at: SwarmInEpoch, nodeId: NodeId): Duty | undefined {
  return getRecord(state, dutyKey(at, nodeId), Duty);
}

export function putDuty(
  state: StateWriter,
  at: SwarmInEpoch & {readonly nodeId: NodeId},
  duty: Duty,
): void {
  putRecord(state, dutyKey(at, at.nodeId), Duty, duty);
}

export function getDutyNote(
  state: StateReader,
  at: SwarmInEpoch,
  nodeId: NodeId,
): DutyNote | undefined {
  return getRecord(state, dutyNoteKey(at, nodeId), DutyNote);
}

export function putDutyNote(
  state: StateWriter,
  at: SwarmInEpoch & {readonly nodeId: NodeId},
  note: DutyNote,
): void {
  putRecord(state, dutyNoteKey(at, at.nodeId), DutyNote, note);
}

/** Notes under a prefix of their keys, by bytesToKey of the node. */
export function dutyNotes(state: StateReader, prefix: Uint8Array): ReadonlyMap<string, DutyNote> {
  const notes = new Map<string, DutyNote>();
  for (const [key, value] of state.entries(prefix)) {
    notes.set(bytesToKey(key.subarray(13)), decode(DutyNote, value));
  }
  return notes;
}

/** Duty members of a swarm in NodeID order. */
export function* swarmDuties(
  state: StateReader,
  at: SwarmInEpoch,
): Generator<readonly [NodeId, Duty]> {
  for (const [key, value] of state.entries(swarmDutiesPrefix(at))) {
    yield [toNodeId(key.subarray(13)), decode(Duty, value)];
  }
}

/** How many Duty records a swarm has in an epoch. */
export function countDuties(state: StateReader, at: SwarmInEpoch): number {
  let count = 0;
  for (const _ of state.entries(swarmDutiesPrefix(at))) count += 1;
  return count;
}

/** All duties of an epoch, by swarm, then NodeID. */
export function* epochDuties(
  state: StateReader,
  epoch: bigint,
): Generator<readonly [NodeId, Duty]> {
  for (const [key, value] of state.entries(epochPrefix(DUTY_PREFIX, epoch))) {
    yield [toNodeId(key.subarray(13)), decode(Duty, value)];
  }
}

export function getSwarmEpoch(state: StateReader, at: SwarmInEpoch): SwarmEpoch | undefined {
  return getRecord(state, swarmEpochKey(at), SwarmEpoch);
}

export function putSwarmEpoch(state: StateWriter, at: SwarmInEpoch, record: SwarmEpoch): void {
  putRecord(state, swarmEpochKey(at), SwarmEpoch, record);
}

/** The epoch before this one that had duties; the state keeps no more than one. SPEC.md §5.5. */
export function previousDutyEpoch(state: StateReader, epoch: bigint): bigint | undefined {
  for (const [key] of state.entries(SWARM_EPOCH_PREFIX)) {
    const first = new DataView(key.buffer, key.byteOffset).getBigUint64(1);
    return first < epoch ? first : undefined;
  }
  return undefined;
}

/** Swarms with duties in an epoch, ascending. */
export function* swarmEpochs(
  state: StateReader,
  epoch: bigint,
): Generator<readonly [number, SwarmEpoch]> {
  for (const [key, value] of state.entries(epochPrefix(SWARM_EPOCH_PREFIX, epoch))) {
    const swarmId = new DataView(key.buffer, key.byteOffset).getUint32(9);
    yield [swarmId, decode(SwarmEpoch, value)];
  }
}

export function getTally(state: StateReader, at: SwarmInEpoch, c: Hash): Tally | undefined {
  return getRecord(state, tallyKey(at, c), Tally);
}

export function putTally(
  state: StateWriter,
  at: SwarmInEpoch & {readonly c: Hash},
  tally: Tally,
): void {
  putRecord(state, tallyKey(at, at.c), Tally, tally);
}

/** Every C committed in a swarm, ascending. */
export function* swarmTallies(
  state: StateReader,
  at: SwarmInEpoch,
): Generator<readonly [Hash, Tally]> {
  for (const [key, value] of state.entries(swarmTalliesPrefix(at))) {
    yield [toHash(key.subarray(13)), decode(Tally, value)];
  }
}

/** Forgets duties, tallies and swarms of all epochs before this one. */
export function pruneEpochsBefore(state: StateWriter, epoch: bigint): void {
  for (const prefix of [DUTY_PREFIX, SWARM_EPOCH_PREFIX, TALLY_PREFIX, DUTY_NOTE_PREFIX]) {
    const stale: Uint8Array[] = [];
    for (const [key] of state.entries(prefix)) {
      if (new DataView(key.buffer, key.byteOffset).getBigUint64(1) >= epoch) break;
      stale.push(key);
    }
    for (const key of stale) state.delete(key);
  }
}
