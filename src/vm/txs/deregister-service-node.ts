import type {DeregisterServiceNode} from '../../protocol/chain/deregister-service-node.ts';
import {DECOMMISSION_EPOCHS} from '../../protocol/chain/limits.ts';
import {LEAVING, SEAT, STATUS} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import {hasFreeSlot} from '../node-duties.ts';
import {leavingRecords} from '../state/node-notes.ts';
import {putServiceNode} from '../state/service-nodes.ts';
import {requireOwnNode} from './own-node.ts';
import type {AccountTxType} from './tx-type.ts';

/** SPEC.md §5.3. Duties and seat stay until the node is retired. */
export const deregisterServiceNode: AccountTxType<DeregisterServiceNode> = {
  verifySyntactic() {},
  verifySemantic({nodeId}, context) {
    const {status} = requireOwnNode(context, nodeId);
    if (status !== STATUS.active) throw new TxError('TX_ALREADY_LEAVING');
  },
  execute({nodeId}, context) {
    const {state, running} = context;
    const node = requireOwnNode(context, nodeId);
    const begins = node.seat === SEAT.none || hasFreeSlot(context, nodeId, node.swarmId);
    putServiceNode(state, nodeId, {
      ...node,
      status: STATUS.decommissioning,
      leaving: LEAVING.wish,
      retiresAtTransition: begins ? running.transitions + DECOMMISSION_EPOCHS : 0n,
    });
    if (begins) return;
    leavingRecords.put(state, nodeId, {queuedAt: running.transitions, successor: undefined});
  },
};
