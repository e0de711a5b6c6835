import {equalBytes, type NodeId} from '../../protocol/bytes.ts';
import type {ServiceNode} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import {getServiceNode} from '../state/service-nodes.ts';
import type {AccountContext} from './tx-type.ts';

/** @throws TxError TX_NODE_UNKNOWN. */
export function requireNode({state}: Pick<AccountContext, 'state'>, nodeId: NodeId): ServiceNode {
  const node = getServiceNode(state, nodeId);
  if (node === undefined) throw new TxError('TX_NODE_UNKNOWN');
  return node;
}

/** The record of a node that the sender owns. @throws TxError TX_NODE_UNKNOWN, TX_NOT_OWNER. */
export function requireOwnNode(context: AccountContext, nodeId: NodeId): ServiceNode {
  const node = requireNode(context, nodeId);
  if (!equalBytes(node.owner, context.sender)) throw new TxError('TX_NOT_OWNER');
  return node;
}
