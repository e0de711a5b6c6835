import type {NodeId} from '../../protocol/bytes.ts';
import {
  FaultRecord,
  LeavingRecord,
  MaintenanceRecord,
  TransportKeys,
  WitnessRecord,
} from '../../protocol/chain/sparse-records.ts';
import {
  FAULT_PREFIX,
  LEAVING_PREFIX,
  MAINTENANCE_PREFIX,
  nodeIdOf,
  nodeKey,
  TRANSPORT_KEYS_PREFIX,
  WITNESS_PREFIX,
} from '../../protocol/chain/state-keys.ts';
import {type Codec, decode, encode} from '../../protocol/codec.ts';
import type {StateReader, StateWriter} from './view.ts';
import {excludedUntilOf} from './witness-window.ts';

/** A record per node that exists only when it says something. SPEC.md §8.1. */
export type NodeNotes<T> = {
  /** What an absent record means. */
  readonly none: T;
  get(state: StateReader, nodeId: NodeId): T;
  has(state: StateReader, nodeId: NodeId): boolean;
  /** Writes the record, or removes it when it says nothing any more. */
  put(state: StateWriter, nodeId: NodeId, record: T): void;
  delete(state: StateWriter, nodeId: NodeId): void;
  /** All that exist, in NodeID order. */
  entries(state: StateReader): Iterable<readonly [NodeId, T]>;
};

type Shape<T> = {
  readonly prefix: Uint8Array;
  readonly codec: Codec<T>;
  readonly none: T;
  readonly isNone: (record: T) => boolean;
};

function nodeNotes<T>({prefix, codec, none, isNone}: Shape<T>): NodeNotes<T> {
  return {
    none,
    get(state, nodeId) {
      const value = state.get(nodeKey(prefix, nodeId));
      return value === undefined ? none : decode(codec, value);
    },
    has(state, nodeId) {
      return state.get(nodeKey(prefix, nodeId)) !== undefined;
    },
    put(state, nodeId, record) {
      if (!isNone(record)) state.put(nodeKey(prefix, nodeId), encode(codec, record));
      else this.delete(state, nodeId);
    },
    delete(state, nodeId) {
      const key = nodeKey(prefix, nodeId);
      if (state.get(key) !== undefined) state.delete(key);
    },
    *entries(state) {
      for (const [key, value] of state.entries(prefix)) {
        yield [nodeIdOf(key), decode(codec, value)];
      }
    },
  };
}

export const transportKeys: NodeNotes<TransportKeys> = nodeNotes<TransportKeys>({
  prefix: TRANSPORT_KEYS_PREFIX,
  codec: TransportKeys,
  none: {
    previousKey: undefined,
    previousUntil: 0n,
    nextHashChainTip: undefined,
    revoked: false,
  },
  isNone: ({previousKey, nextHashChainTip, revoked}) =>
    previousKey === undefined && nextHashChainTip === undefined && !revoked,
});

export const witnessRecords: NodeNotes<WitnessRecord> = nodeNotes<WitnessRecord>({
  prefix: WITNESS_PREFIX,
  codec: WitnessRecord,
  none: {epochs: [], excludedUntil: 0n},
  isNone: ({epochs, excludedUntil}) => epochs.length === 0 && excludedUntil === 0n,
});

/** Whether the node is not drawn as a witness at this transition count. PERF: its record is not decoded. */
export function isExcludedWitness(
  state: StateReader,
  nodeId: NodeId,
  transitions: bigint,
): boolean {
  const record = state.get(nodeKey(WITNESS_PREFIX, nodeId));
  return record !== undefined && excludedUntilOf(record) > transitions;
}

export const maintenanceRecords: NodeNotes<MaintenanceRecord> = nodeNotes<MaintenanceRecord>({
  prefix: MAINTENANCE_PREFIX,
  codec: MaintenanceRecord,
  none: {fromEpoch: 0n, epochsLeft: 0, spent: []},
  isNone: ({epochsLeft, spent}) => epochsLeft === 0 && spent.length === 0,
});

export const faultRecords: NodeNotes<FaultRecord> = nodeNotes<FaultRecord>({
  prefix: FAULT_PREFIX,
  codec: FaultRecord,
  none: {transition: 0n, epoch: 0n},
  isNone: () => false,
});

export const leavingRecords: NodeNotes<LeavingRecord> = nodeNotes<LeavingRecord>({
  prefix: LEAVING_PREFIX,
  codec: LeavingRecord,
  none: {queuedAt: undefined, successor: undefined},
  isNone: ({queuedAt, successor}) => queuedAt === undefined && successor === undefined,
});

/** Forgets all that was kept beside a node's main records. */
export function deleteNodeNotes(state: StateWriter, nodeId: NodeId): void {
  for (const notes of [
    transportKeys,
    witnessRecords,
    maintenanceRecords,
    faultRecords,
    leavingRecords,
  ]) {
    notes.delete(state, nodeId);
  }
}
