import type {Chain} from '../../vm/chain.ts';
import {parseBlock} from '../../vm/parsed-block.ts';
import type {ChainStore} from '../chain-store.ts';
import {ChainStoreError} from '../errors.ts';
import {SummaryShelf} from './summary-shelf.ts';

/** The summaries that the database knows of. @throws ChainStoreError CHAIN_STORE_CORRUPT */
export async function openShelf(store: ChainStore, chain: Chain): Promise<SummaryShelf> {
  const id = await store.getBlockIdAtHeight(0n);
  const genesis = id === undefined ? undefined : await store.getBlock(id);
  if (genesis === undefined) throw new ChainStoreError('CHAIN_STORE_CORRUPT', {what: 'genesis'});
  const recent = await store.readRecentSummaries();
  const {lastAccepted} = chain;
  return new SummaryShelf({genesis: parseBlock(genesis), lastAccepted, recent});
}
