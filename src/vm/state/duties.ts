import {bytesToKey, type Hash, type NodeId, toHash} from '../../protocol/bytes.ts';
import {DutyNote} from '../../protocol/chain/sparse-records.ts';
import {
  DUTY_NOTE_PREFIX,
  DUTY_PREFIX,
  dutyKey,
  dutyNoteKey,
  epochOf,
  epochPrefix,
  nodeIdOf,
  SWARM_EPOCH_PREFIX,
  type SwarmInEpoch,
  swarmDutiesPrefix,
  swarmEpochKey,
  swarmIdOf,
  swarmTalliesPrefix,
  TALLY_PREFIX,
  tallyKey,
} from '../../protocol/chain/state-keys.ts';
import {Duty, SwarmEpoch, Tally} from '../../protocol/chain/state-records.ts';
import {decode, encode} from '../../protocol/codec.ts';
import {getRecord, putRecord} from './record.ts';
import type {StateReader, StateWriter} from './view.ts';

/** A node that has duties and has done none yet. */
const NO_DUTY_DONE = encode(Duty, {
  roundA: undefined,
  reveal: undefined,
  dissent: new Uint8Array(),
  roundB: undefined,
  answer: undefined,
});

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

/** Gives duties in an epoch to members of swarms, in NodeID order. */
export function putNewDuties(
  state: StateWriter,
  epoch: bigint,
  swarms: ReadonlyMap<number, readonly {readonly nodeId: NodeId}[]>,
): void {
  const inOrder = [...swarms].sort(([a], [b]) => a - b);
  const keys = inOrder.flatMap(([swarmId, members]) => {
    const at = {epoch, swarmId};
    return members.map(({nodeId}) => dutyKey(at, nodeId));
  });
  state.putAll(keys.map((key) => [key, NO_DUTY_DONE] as const));
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
    notes.set(bytesToKey(nodeIdOf(key)), decode(DutyNote, value));
  }
  return notes;
}

/** Duty members of a swarm in NodeID order. */
export function* swarmDuties(
  state: StateReader,
  at: SwarmInEpoch,
): Generator<readonly [NodeId, Duty]> {
  for (const [key, value] of state.entries(swarmDutiesPrefix(at))) {
    yield [nodeIdOf(key), decode(Duty, value)];
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
    yield [nodeIdOf(key), decode(Duty, value)];
  }
}

export function getSwarmEpoch(state: StateReader, at: SwarmInEpoch): SwarmEpoch | undefined {
  return getRecord(state, swarmEpochKey(at), SwarmEpoch);
}

export function putSwarmEpoch(state: StateWriter, at: SwarmInEpoch, record: SwarmEpoch): void {
  putRecord(state, swarmEpochKey(at), SwarmEpoch, record);
}

/** Swarms with duties in an epoch, ascending. */
export function* swarmEpochs(
  state: StateReader,
  epoch: bigint,
): Generator<readonly [number, SwarmEpoch]> {
  for (const [key, value] of state.entries(epochPrefix(SWARM_EPOCH_PREFIX, epoch))) {
    yield [swarmIdOf(key), decode(SwarmEpoch, value)];
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
    yield [toHash(key.slice(-toHash.byteLength)), decode(Tally, value)];
  }
}

/** The oldest epoch that has a record of a kind. */
function oldestEpoch(state: StateReader, prefix: Uint8Array): bigint | undefined {
  for (const [key] of state.entries(prefix)) return epochOf(key);
  return undefined;
}

/** The epoch before this one that had duties; the state keeps no more than one. SPEC.md §5.5. */
export function previousDutyEpoch(state: StateReader, epoch: bigint): bigint | undefined {
  const oldest = oldestEpoch(state, SWARM_EPOCH_PREFIX);
  return oldest !== undefined && oldest < epoch ? oldest : undefined;
}

/** Forgets duties, tallies and swarms of all epochs before this one. */
export function pruneEpochsBefore(state: StateWriter, epoch: bigint): void {
  for (const prefix of [DUTY_PREFIX, SWARM_EPOCH_PREFIX, TALLY_PREFIX, DUTY_NOTE_PREFIX]) {
    let oldest = oldestEpoch(state, prefix);
    while (oldest !== undefined && oldest < epoch) {
      state.deleteAll(epochPrefix(prefix, oldest));
      oldest = oldestEpoch(state, prefix);
    }
  }
}
