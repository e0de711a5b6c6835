import type {LossAnswer} from '../../protocol/chain/loss-answer.ts';
import {TxError} from '../errors.ts';
import type {AccountTxType} from './tx-type.ts';

/** SPEC.md §5.10. The format is fixed, the rules come later: always refused. */
export const lossAnswer: AccountTxType<LossAnswer> = {
  verifySyntactic() {
    throw new TxError('TX_KIND_RESERVED', {kind: 'lossAnswer'});
  },
  verifySemantic() {},
  execute() {},
};
