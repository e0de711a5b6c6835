import {idToString} from '../../../crypto/ids.ts';
import {MAX_TX_BYTES} from '../../../protocol/chain/limits.ts';
import {CodecError} from '../../../protocol/errors.ts';
import {TxError} from '../../../vm/errors.ts';
import {ApiError} from '../errors.ts';
import type {Method} from '../method.ts';
import {hexParam} from '../params.ts';

/** Checks a transaction and puts it among those that wait for a block. */
export const issueTx: Method<'issueTx'> = {
  params: ['tx'],
  async call({issueTx: issue}, params) {
    const bytes = hexParam(params, 'tx', MAX_TX_BYTES);
    try {
      return {txId: idToString(await issue(bytes))};
    } catch (cause) {
      if (!(cause instanceof TxError || cause instanceof CodecError)) throw cause;
      throw new ApiError('API_TX_REFUSED', {reason: cause.code, ...cause.details}, {cause});
    }
  },
};
