import type {NodeId} from '../../protocol/bytes.ts';
import {type ServiceNode, STATUS} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import {requireNode} from './own-node.ts';
import type {AccountContext} from './tx-type.ts';

/** What the node key signed, whoever pays: each has the next sequence of its node. */
type NodeOrder = {readonly nodeId: NodeId; readonly sequence: bigint};

/** The checks that all orders of a node key share. SPEC.md §5.8. */
export function requireNextOrder(
  context: AccountContext,
  {nodeId, sequence}: NodeOrder,
): ServiceNode {
  const node = requireNode(context, nodeId);
  if (node.status === STATUS.retired) throw new TxError('TX_NODE_RETIRED');
  const expected = node.sequence + 1n;
  if (sequence !== expected) throw new TxError('TX_WRONG_SEQUENCE', {sequence, expected});
  return node;
}
