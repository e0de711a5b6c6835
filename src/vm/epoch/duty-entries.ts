import {bytesToKey, type NodeId, toNodeId} from '../../protocol/bytes.ts';
import type {DutyNote} from '../../protocol/chain/sparse-records.ts';
import {DUTY_PREFIX, epochPrefix} from '../../protocol/chain/state-keys.ts';
import {Duty} from '../../protocol/chain/state-records.ts';
import {decode} from '../../protocol/codec.ts';
import {dutyNotes} from '../state/duties.ts';
import type {StateReader} from '../state/view.ts';

/** A Duty record with where it lies and what is noted beside it. */
export type DutyEntry = {
  readonly nodeId: NodeId;
  readonly swarmId: number;
  readonly duty: Duty;
  readonly note: DutyNote | undefined;
};

/** All duties of an epoch, by swarm, then NodeID. */
export function dutiesOf(state: StateReader, epoch: bigint): DutyEntry[] {
  const notes = dutyNotes(state, epoch);
  const entries: DutyEntry[] = [];
  for (const [key, value] of state.entries(epochPrefix(DUTY_PREFIX, epoch))) {
    const nodeId = toNodeId(key.subarray(13));
    const swarmId = new DataView(key.buffer, key.byteOffset).getUint32(9);
    const note = notes.size === 0 ? undefined : notes.get(bytesToKey(nodeId));
    entries.push({nodeId, swarmId, duty: decode(Duty, value), note});
  }
  return entries;
}

/** Duties by swarm, each in NodeID order. */
export function bySwarm(duties: readonly DutyEntry[]): Map<number, DutyEntry[]> {
  const swarms = new Map<number, DutyEntry[]>();
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
