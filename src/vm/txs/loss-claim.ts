import type {LossClaim} from '../../protocol/chain/loss-claim.ts';
import {TxError} from '../errors.ts';
import type {AccountTxType} from './tx-type.ts';

/** SPEC.md §5.10. The format is fixed, the rules come later: always refused. */
export const lossClaim: AccountTxType<LossClaim> = {
  verifySyntactic() {
    throw new TxError('TX_KIND_RESERVED', {kind: 'lossClaim'});
  },
  verifySemantic() {},
  execute() {},
};
