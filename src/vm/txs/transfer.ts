import type {Transfer} from '../../protocol/chain/transfer.ts';
import {TxError} from '../errors.ts';
import {decreaseBalance, increaseBalance} from '../state/accounts.ts';
import type {AccountTxType} from './tx-type.ts';

/** SPEC.md §5.1. */
export const transfer: AccountTxType<Transfer> = {
  verifySyntactic({amount}) {
    if (amount === 0n) throw new TxError('TX_AMOUNT_ZERO');
  },
  verifySemantic() {},
  execute({to, amount}, {state, sender}) {
    decreaseBalance(state, sender, amount);
    increaseBalance(state, to, amount);
  },
};
