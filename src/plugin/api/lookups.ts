import type {NodeId} from '../../protocol/bytes.ts';
import type {ServiceNode, ServiceNodeKeys} from '../../protocol/chain/state-records.ts';
import {InvariantError} from '../../protocol/errors.ts';
import type {MerkleMap} from '../../vm/state/merkle-map.ts';
import {getServiceNode, getServiceNodeKeys} from '../../vm/state/service-nodes.ts';
import {ApiError} from './errors.ts';

/** Keys are written with the record and never go before it. */
export function requireKeys(state: MerkleMap, nodeId: NodeId): ServiceNodeKeys {
  const keys = getServiceNodeKeys(state, nodeId);
  if (keys === undefined) throw new InvariantError('service node without keys');
  return keys;
}

/** @throws ApiError API_NOT_FOUND */
export function requireServiceNode(state: MerkleMap, nodeId: NodeId): ServiceNode {
  const node = getServiceNode(state, nodeId);
  if (node === undefined) throw new ApiError('API_NOT_FOUND', {what: 'service node'});
  return node;
}
