import type {Mempool} from '../../vm/mempool.ts';
import {MAX_BATCH_TXS, TxBatch} from '../gossip-message.ts';
import type {PeerHandler} from './peer-server.ts';
import {txFilterTest} from './tx-filter.ts';

const COUNT_BYTES = 4;
const LENGTH_BYTES = 4;

/** Tells what waits here and is not in the asker's filter, as much as one answer holds. */
export function servePull(mempool: Mempool): PeerHandler<'pullTxs'> {
  return (filter) => {
    const isThere = txFilterTest(filter);
    const txs: Uint8Array[] = [];
    let left = TxBatch.maxSize - COUNT_BYTES;
    for (const {id, bytes} of mempool.all()) {
      if (isThere(id)) continue;
      left -= LENGTH_BYTES + bytes.length;
      if (left < 0 || txs.length === MAX_BATCH_TXS) break;
      txs.push(bytes);
    }
    return {txs};
  };
}
