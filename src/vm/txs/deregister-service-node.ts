import {equalBytes, type NodeId} from '../../protocol/bytes.ts';
import type {DeregisterServiceNode} from '../../protocol/chain/deregister-service-node.ts';
import {DECOMMISSION_EPOCHS} from '../../protocol/chain/limits.ts';
import {LEAVING, type ServiceNode, STATUS} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import {getServiceNode, putServiceNode} from '../state/service-nodes.ts';
import type {AccountContext, AccountTxType} from './tx-type.ts';

function requireOwnNode({state, sender}: AccountContext, nodeId: NodeId): ServiceNode {
  const node = getServiceNode(state, nodeId);
  if (node === undefined) throw new TxError('TX_NODE_UNKNOWN');
  if (!equalBytes(node.owner, sender)) throw new TxError('TX_NOT_OWNER');
  return node;
}

/** SPEC.md §5.3. Duties and seat stay until the node is retired, 24 epochs later. */
export const deregisterServiceNode: AccountTxType<DeregisterServiceNode> = {
  verifySyntactic() {},
  verifySemantic({nodeId}, context) {
    const {status} = requireOwnNode(context, nodeId);
    if (status !== STATUS.active) throw new TxError('TX_ALREADY_LEAVING');
  },
  execute({nodeId}, context) {
    const node = requireOwnNode(context, nodeId);
    putServiceNode(context.state, nodeId, {
      ...node,
      status: STATUS.decommissioning,
      leaving: LEAVING.wish,
      retiresAtTransition: context.running.transitions + DECOMMISSION_EPOCHS,
    });
  },
};
