import {type BlockId, toBlockId} from '../../protocol/bytes.ts';
import type {WriteOperation} from '../../storage/kv.ts';
import {parseBlock} from '../../vm/parsed-block.ts';
import {blockKey, heightKey, txKey} from '../chain-keys.ts';
import type {ChainStore} from '../chain-store.ts';

export type PrunerInit = {
  readonly store: ChainStore;
  /** Blocks to keep, counted from the last accepted one. */
  readonly keepBlocks: number;
  /** Height of the oldest summary that may still be synced to: from there on all stays. */
  oldestSummary(): bigint | undefined;
};

/** Blocks that go with one accepted block, and bytes of them, at most: more than come, and never many. */
const BLOCKS_PER_STEP = 8;
const BYTES_PER_STEP = 4_194_304;

/**
 * Removes old blocks, oldest first, a few per accepted block, each whole with its indexes in one
 * batch. Genesis stays. SPEC.md §12.3.
 */
export class Pruner {
  readonly #init: PrunerInit;
  /** No block from 1 up to here is left. */
  #from = 1n;

  constructor(init: PrunerInit) {
    this.#init = init;
  }

  /** @returns how many blocks went. @throws ChainStoreError CHAIN_STORE_FAILED */
  async step(lastHeight: bigint): Promise<number> {
    const {store, keepBlocks, oldestSummary} = this.#init;
    const summary = oldestSummary();
    if (summary === undefined) return 0;
    const kept = lastHeight - BigInt(keepBlocks) + 1n;
    const below = kept < summary ? kept : summary;
    if (below <= this.#from) return 0;
    const writes: WriteOperation[] = [];
    let [count, bytes] = [0, 0];
    const range = {gte: heightKey(this.#from), lt: heightKey(below)};
    for await (const [key, value] of store.database.iterate(range)) {
      bytes += await this.#collect(key, toBlockId(value), writes);
      count += 1;
      if (count === BLOCKS_PER_STEP || bytes >= BYTES_PER_STEP) break;
    }
    if (writes.length > 0) await store.write(writes);
    this.#from = count === 0 ? below : this.#from + BigInt(count);
    return count;
  }

  /** Adds all that goes with a block. @returns its length. */
  async #collect(key: Uint8Array, id: BlockId, writes: WriteOperation[]): Promise<number> {
    writes.push({type: 'delete', key}, {type: 'delete', key: blockKey(id)});
    const bytes = await this.#init.store.getBlock(id);
    if (bytes === undefined) return 0;
    for (const tx of parseBlock(bytes).txs) writes.push({type: 'delete', key: txKey(tx.id)});
    return bytes.length;
  }
}
