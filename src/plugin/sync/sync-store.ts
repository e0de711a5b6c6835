import {equalBytes} from '../../protocol/bytes.ts';
import {StateSummary} from '../../protocol/chain/state-summary.ts';
import {encode} from '../../protocol/codec.ts';
import {prefixRange, remove, type WriteOperation} from '../../storage/kv.ts';
import {MerkleMap} from '../../vm/state/merkle-map.ts';
import type {Entry} from '../../vm/state/trie-bulk.ts';
import {ONGOING_SYNC_KEY, stateKey, statePrefix} from '../chain-keys.ts';
import {type ChainStore, put, type SyncedState} from '../chain-store.ts';
import {decodeStored} from '../decode-stored.ts';
import {ChainStoreError} from '../errors.ts';

/** Longest batch, in bytes of keys and values; an entry that is longer goes alone. */
const BATCH_BYTES = 1_048_576;
const BATCH_DELETES = 1000;

/** What a state sync has so far, in the spare slot of the chain's database. SPEC.md §12.2. */
export class SyncStore {
  readonly #store: ChainStore;

  constructor(store: ChainStore) {
    this.#store = store;
  }

  /** The summary of a sync that was begun and not finished. @throws ChainStoreError */
  async readOngoing(): Promise<StateSummary | undefined> {
    const bytes = await this.#store.database.get(ONGOING_SYNC_KEY);
    return bytes === undefined ? undefined : decodeStored(StateSummary, bytes);
  }

  begin(summary: StateSummary): Promise<void> {
    return this.#store.write([put(ONGOING_SYNC_KEY, encode(StateSummary, summary))]);
  }

  /** Gives the sync up; what it had is removed by `clearSpare`. */
  forget(): Promise<void> {
    return this.#store.write([remove(ONGOING_SYNC_KEY)]);
  }

  /** Entries of this and of earlier syncs. Each was true of a root; they need not be so together. */
  async readStaged(): Promise<MerkleMap> {
    try {
      return await this.#store.readState(this.#store.spareSlot);
    } catch (error) {
      if (!(error instanceof ChainStoreError)) throw error;
      while (await this.clearSpare());
      return MerkleMap.empty;
    }
  }

  /** Keeps entries; when this resolves they survive the process. */
  async keep(entries: Iterable<Entry>): Promise<void> {
    const slot = this.#store.spareSlot;
    let writes: WriteOperation[] = [];
    let bytes = 0;
    for (const [key, value] of entries) {
      bytes += key.length + value.length;
      if (bytes > BATCH_BYTES && writes.length > 0) {
        await this.#store.write(writes);
        [writes, bytes] = [[], key.length + value.length];
      }
      writes.push(put(stateKey(slot, key), value));
    }
    if (writes.length > 0) await this.#store.write(writes);
  }

  /** Makes the spare slot hold exactly this map, of which every entry was kept before. */
  async settle(map: MerkleMap): Promise<void> {
    const prefix = statePrefix(this.#store.spareSlot);
    let stale: WriteOperation[] = [];
    let count = 0;
    for await (const [key, value] of this.#store.database.iterate(prefixRange(prefix))) {
      const expected = map.get(key.subarray(prefix.length));
      if (expected !== undefined && equalBytes(expected, value)) count += 1;
      else stale.push(remove(key));
      if (stale.length < BATCH_DELETES) continue;
      await this.#store.write(stale);
      stale = [];
    }
    if (stale.length > 0) await this.#store.write(stale);
    if (count !== map.size)
      throw new ChainStoreError('CHAIN_STORE_CORRUPT', {what: 'synced state'});
  }

  /** The switch. Before it the old state is the chain's, after it the new one. */
  finish(synced: SyncedState): Promise<void> {
    return this.#store.writeSynced(synced);
  }

  /** Removes some of what is left over in the spare slot. @returns whether there may be more. */
  async clearSpare(): Promise<boolean> {
    const prefix = statePrefix(this.#store.spareSlot);
    const deletes: WriteOperation[] = [];
    for await (const [key] of this.#store.database.iterate(prefixRange(prefix))) {
      deletes.push(remove(key));
      if (deletes.length === BATCH_DELETES) break;
    }
    if (deletes.length > 0) await this.#store.write(deletes);
    return deletes.length === BATCH_DELETES;
  }
}
