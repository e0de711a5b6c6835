import {STATUS} from '../../protocol/chain/state-records.ts';
import type {WithdrawStake} from '../../protocol/chain/withdraw-stake.ts';
import {TxError} from '../errors.ts';
import {increaseBalance} from '../state/accounts.ts';
import {deleteNodeNotes} from '../state/node-notes.ts';
import {deleteServiceNode} from '../state/service-nodes.ts';
import {getTotals, putTotals} from '../state/singletons.ts';
import {requireOwnNode} from './own-node.ts';
import type {AccountTxType} from './tx-type.ts';

/** SPEC.md §5.7. The last of a node: its records go, its id may register anew. */
export const withdrawStake: AccountTxType<WithdrawStake> = {
  verifySyntactic() {},
  verifySemantic({nodeId}, context) {
    const {status, unbondsAt} = requireOwnNode(context, nodeId);
    if (status !== STATUS.retired) throw new TxError('TX_NOT_RETIRED');
    const now = context.timestamp / 1000n;
    if (now < unbondsAt) throw new TxError('TX_STILL_UNBONDING', {now, unbondsAt});
  },
  execute({nodeId}, context) {
    const {state, sender} = context;
    const {stake} = requireOwnNode(context, nodeId);
    deleteServiceNode(state, nodeId);
    deleteNodeNotes(state, nodeId);
    increaseBalance(state, sender, stake);
    const totals = getTotals(state);
    putTotals(state, {...totals, unbonding: totals.unbonding - stake});
  },
};
