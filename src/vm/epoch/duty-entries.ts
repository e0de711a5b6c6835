import {bytesToKey, type NodeId} from '../../protocol/bytes.ts';
import type {DutyNote} from '../../protocol/chain/sparse-records.ts';
import {
  DUTY_NOTE_PREFIX,
  DUTY_PREFIX,
  epochPrefix,
  nodeIdOf,
  type SwarmInEpoch,
  swarmDutiesPrefix,
  swarmDutyNotesPrefix,
  swarmIdOf,
} from '../../protocol/chain/state-keys.ts';
import {Duty} from '../../protocol/chain/state-records.ts';
import {decodeKept} from '../../protocol/codec.ts';
import {dutyNotes} from '../state/duties.ts';
import type {StateReader} from '../state/view.ts';

/** Who has a duty, and in which swarm: what the key of its record says. */
export type DutyHolder = {readonly nodeId: NodeId; readonly swarmId: number};

/** A Duty record with where it lies and what is noted beside it. */
export type DutyEntry = DutyHolder & {
  readonly duty: Duty;
  readonly note: DutyNote | undefined;
};

const holderOf = (key: Uint8Array): DutyHolder => {
  return {nodeId: nodeIdOf(key), swarmId: swarmIdOf(key)};
};

/** Who has duties in an epoch, by swarm, then NodeID. */
export function dutyHolders(state: StateReader, epoch: bigint): DutyHolder[] {
  return Array.from(state.entries(epochPrefix(DUTY_PREFIX, epoch)), ([key]) => holderOf(key));
}

function entriesUnder(
  state: StateReader,
  prefix: Uint8Array,
  notes: ReadonlyMap<string, DutyNote>,
): DutyEntry[] {
  return Array.from(state.entries(prefix), ([key, value]): DutyEntry => {
    const {nodeId, swarmId} = holderOf(key);
    const note = notes.size === 0 ? undefined : notes.get(bytesToKey(nodeId));
    return {nodeId, swarmId, duty: decodeKept(Duty, value), note};
  });
}

/** All duties of an epoch, by swarm, then NodeID. */
export function dutiesOf(state: StateReader, epoch: bigint): DutyEntry[] {
  const notes = dutyNotes(state, epochPrefix(DUTY_NOTE_PREFIX, epoch));
  return entriesUnder(state, epochPrefix(DUTY_PREFIX, epoch), notes);
}

/** The duties of one swarm, in NodeID order. */
export function dutiesOfSwarm(state: StateReader, at: SwarmInEpoch): DutyEntry[] {
  const notes = dutyNotes(state, swarmDutyNotesPrefix(at));
  return entriesUnder(state, swarmDutiesPrefix(at), notes);
}

/** Duties by swarm, each in NodeID order. */
export function bySwarm<T extends DutyHolder>(duties: readonly T[]): Map<number, T[]> {
  const swarms = new Map<number, T[]>();
  for (const entry of duties) {
    const members = swarms.get(entry.swarmId);
    if (members === undefined) swarms.set(entry.swarmId, [entry]);
    else members.push(entry);
  }
  return swarms;
}

/** Bit i, lowest first, of byte i // 8; undefined past the end. */
export function bitAt(bytes: Uint8Array, index: number): boolean | undefined {
  const byte = bytes[index >> 3];
  return byte === undefined ? undefined : (byte & (1 << (index & 7))) !== 0;
}
