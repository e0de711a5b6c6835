import {type Address, type NodeId, toAddress} from '../../protocol/bytes.ts';
import {
  nodeIdOf,
  SERVICE_NODE_PREFIX,
  serviceNodeKey,
  serviceNodeKeysKey,
} from '../../protocol/chain/state-keys.ts';
import {ServiceNode, ServiceNodeKeys, STATUS} from '../../protocol/chain/state-records.ts';
import {decodeKept, encode} from '../../protocol/codec.ts';
import {InvariantError} from '../../protocol/errors.ts';
import {getRecord, putRecord, recordBytes, requireRecord} from './record.ts';
import type {StateReader, StateWriter} from './view.ts';

export function getServiceNode(state: StateReader, nodeId: NodeId): ServiceNode | undefined {
  return getRecord(state, serviceNodeKey(nodeId), ServiceNode);
}

export function putServiceNode(state: StateWriter, nodeId: NodeId, node: ServiceNode): void {
  putRecord(state, serviceNodeKey(nodeId), ServiceNode, node);
}

/** Puts many at once, in NodeID order. */
export function putServiceNodes(
  state: StateWriter,
  nodes: readonly (readonly [NodeId, ServiceNode])[],
): void {
  state.putAll(
    nodes.map(
      ([nodeId, node]) => [serviceNodeKey(nodeId), encode(ServiceNode, node, recordBytes)] as const,
    ),
  );
}

export function getServiceNodeKeys(
  state: StateReader,
  nodeId: NodeId,
): ServiceNodeKeys | undefined {
  return getRecord(state, serviceNodeKeysKey(nodeId), ServiceNodeKeys);
}

/** For nodes that have a record: both exist together. */
export function requireServiceNodeKeys(state: StateReader, nodeId: NodeId): ServiceNodeKeys {
  return requireRecord(state, serviceNodeKeysKey(nodeId), ServiceNodeKeys);
}

export function putServiceNodeKeys(
  state: StateWriter,
  nodeId: NodeId,
  keys: ServiceNodeKeys,
): void {
  putRecord(state, serviceNodeKeysKey(nodeId), ServiceNodeKeys, keys);
}

/** Where a record says its status: after the owner's 20 bytes. */
const STATUS_OFFSET = 20;

/** All nodes that are not retired, in NodeID order; retired ones are not even decoded. */
export function* unretiredNodes(state: StateReader): Generator<readonly [NodeId, ServiceNode]> {
  for (const [key, value] of state.entries(SERVICE_NODE_PREFIX)) {
    if (value[STATUS_OFFSET] === STATUS.retired) continue;
    yield [nodeIdOf(key), decodeKept(ServiceNode, value)];
  }
}

/** The owner of a node that has a record. PERF: the rest of it is not decoded. */
export function ownerOf(state: StateReader, nodeId: NodeId): Address {
  const value = state.get(serviceNodeKey(nodeId));
  if (value === undefined) throw new InvariantError('a duty without a node');
  return toAddress(value.slice(0, STATUS_OFFSET));
}

/** Forgets the two main records; node-notes.ts has the others. */
export function deleteServiceNode(state: StateWriter, nodeId: NodeId): void {
  state.delete(serviceNodeKey(nodeId));
  state.delete(serviceNodeKeysKey(nodeId));
}

/** All nodes ever registered and not withdrawn, in NodeID order. */
export function* serviceNodes(state: StateReader): Generator<readonly [NodeId, ServiceNode]> {
  for (const [key, value] of state.entries(SERVICE_NODE_PREFIX)) {
    yield [nodeIdOf(key), decodeKept(ServiceNode, value)];
  }
}
