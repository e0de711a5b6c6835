import type {Mempool} from '../../vm/mempool.ts';
import {MAX_BATCH_TXS, TxBatch} from '../gossip-message.ts';
import type {PeerHandler} from './peer-server.ts';
import {txFilterTest} from './tx-filter.ts';

const COUNT_BYTES = 4;
const LENGTH_BYTES = 4;

/**
 * Tells what waits here and is not in the asker's filter, as much as one answer holds. Of more than
 * that it begins anywhere: an asker that cannot use the first ones would never see the others.
 */
export function servePull(
  mempool: Mempool,
  random: (bound: number) => number,
): PeerHandler<'pullTxs'> {
  return (filter) => {
    const isThere = txFilterTest(filter);
    const missing = [...mempool.all()].filter(({id}) => !isThere(id)).map(({bytes}) => bytes);
    const size = missing.reduce((sum, tx) => sum + LENGTH_BYTES + tx.length, COUNT_BYTES);
    if (size <= TxBatch.maxSize && missing.length <= MAX_BATCH_TXS) return {txs: missing};
    const start = random(missing.length);
    return {txs: firstOf([...missing.slice(start), ...missing.slice(0, start)])};
  };
}

function firstOf(all: readonly Uint8Array[]): Uint8Array[] {
  const txs: Uint8Array[] = [];
  let left = TxBatch.maxSize - COUNT_BYTES;
  for (const tx of all) {
    left -= LENGTH_BYTES + tx.length;
    if (left < 0 || txs.length === MAX_BATCH_TXS) break;
    txs.push(tx);
  }
  return txs;
}
