import type {AddStake} from '../../protocol/chain/add-stake.ts';
import {LEAVING, STATUS} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import {decreaseBalance} from '../state/accounts.ts';
import {putServiceNode} from '../state/service-nodes.ts';
import {getTotals, putTotals} from '../state/singletons.ts';
import {requireOwnNode} from './own-node.ts';
import type {AccountTxType} from './tx-type.ts';

/** SPEC.md §5.7. Counts at once; a node that a penalty decommissioned is *returning* from then on. */
export const addStake: AccountTxType<AddStake> = {
  verifySyntactic({amount}) {
    if (amount === 0n) throw new TxError('TX_AMOUNT_ZERO');
  },
  verifySemantic({nodeId, amount}, context) {
    const {status, leaving, stake} = requireOwnNode(context, nodeId);
    if (status === STATUS.retired) throw new TxError('TX_NODE_RETIRED');
    if (leaving === LEAVING.wish) throw new TxError('TX_ALREADY_LEAVING');
    const {minStake} = context.config.rules;
    if (status !== STATUS.active && stake + amount < minStake) {
      throw new TxError('TX_STAKE_BELOW_MINIMUM', {stake: stake + amount, minimum: minStake});
    }
  },
  execute({nodeId, amount}, context) {
    const {state, sender} = context;
    const node = requireOwnNode(context, nodeId);
    decreaseBalance(state, sender, amount);
    putServiceNode(state, nodeId, {
      ...node,
      stake: node.stake + amount,
      principal: node.principal + amount,
      leaving: LEAVING.no,
      // Who could not fetch W in its epochs of joining gets them again, once: not with every unit that follows.
      joiningEpochs: node.leaving === LEAVING.no ? node.joiningEpochs : 0,
    });
    const totals = getTotals(state);
    putTotals(state, {...totals, totalBonded: totals.totalBonded + amount});
  },
};
