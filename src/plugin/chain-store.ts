import {type BlockId, equalBytes, type TxId, toBlockId} from '../protocol/bytes.ts';
import type {StateSummary} from '../protocol/chain/state-summary.ts';
import {decode, encode, u64} from '../protocol/codec.ts';
import {CodecError, InvariantError} from '../protocol/errors.ts';
import type {KeyValueReader, KeyValueStore, WriteOperation} from '../storage/kv.ts';
import {prefixRange} from '../storage/kv.ts';
import type {StateChange} from '../vm/chain.ts';
import type {ExecutedBlock} from '../vm/execute-block.ts';
import {type ParsedBlock, parseBlock} from '../vm/parsed-block.ts';
import {MerkleMap} from '../vm/state/merkle-map.ts';
import type {AcceptedBlocks} from './api-context.ts';
import {AppliedUpgrades} from './applied-upgrades.ts';
import {
  APPLIED_UPGRADES_KEY,
  blockKey,
  ChainIdentity,
  heightKey,
  IDENTITY_KEY,
  LAST_ACCEPTED_KEY,
  LastAccepted,
  ONGOING_SYNC_KEY,
  RECENT_SUMMARIES_KEY,
  RecentSummaries,
  STATE_SLOT_KEY,
  StateSlot,
  type StateSlotNumber,
  spareOf,
  stateKey,
  statePrefix,
  txKey,
} from './chain-keys.ts';
import {decodeStored} from './decode-stored.ts';
import {ChainStoreError} from './errors.ts';

export const put = (key: Uint8Array, value: Uint8Array): WriteOperation => ({
  type: 'put',
  key,
  value,
});

export const summariesWrite = (summaries: readonly StateSummary[]): WriteOperation =>
  put(RECENT_SUMMARIES_KEY, encode(RecentSummaries, {summaries: [...summaries]}));

function blockWrites(block: ParsedBlock): WriteOperation[] {
  const {id, height, bytes, txs} = block;
  const at = encode(u64, height);
  return [
    put(blockKey(id), bytes),
    put(heightKey(height), id),
    put(LAST_ACCEPTED_KEY, encode(LastAccepted, {id, height})),
    ...txs.map((tx) => put(txKey(tx.id), at)),
  ];
}

const writeOf =
  (slot: StateSlotNumber) =>
  ({key, value}: StateChange): WriteOperation => {
    if (value === undefined) return {type: 'delete', key: stateKey(slot, key)};
    return put(stateKey(slot, key), value);
  };

/** A state that was synced to, whole in the spare slot. */
export type SyncedState = {
  readonly block: ParsedBlock;
  readonly summary: StateSummary;
  /** What else belongs to the block. */
  readonly beside: readonly WriteOperation[];
};

/**
 * Accepted blocks and the state after the last one, in the node's database. Each accept is one
 * atomic batch. After a failed write nobody knows what the disk holds, so no other write follows.
 */
export class ChainStore implements AcceptedBlocks {
  readonly #database: KeyValueStore;
  #slot: StateSlotNumber = 0;
  #hasSwitched = false;
  #failure: ChainStoreError | undefined;

  constructor(database: KeyValueStore) {
    this.#database = database;
  }

  /** Why nothing can be accepted any more, if so. */
  get failure(): ChainStoreError | undefined {
    return this.#failure;
  }

  get database(): KeyValueReader {
    return this.#database;
  }

  /** Whether the state was ever synced to: the spare slot may still have what was there before. */
  get hasSwitched(): boolean {
    return this.#hasSwitched;
  }

  /** Where the state is not: for one that is synced to. */
  get spareSlot(): StateSlotNumber {
    return spareOf(this.#slot);
  }

  /** Writes one batch. @throws ChainStoreError CHAIN_STORE_FAILED, then and ever after a failure. */
  async write(writes: readonly WriteOperation[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await this.#database.batch(writes, {sync: true});
    } catch (cause) {
      this.#failure = new ChainStoreError('CHAIN_STORE_FAILED', {}, {cause});
      throw this.#failure;
    }
  }

  /**
   * Whose database this is; undefined for an empty one.
   * @throws ChainStoreError CHAIN_STORE_FOREIGN_DATA, CHAIN_STORE_UNKNOWN_FORMAT
   */
  async readIdentity(): Promise<ChainIdentity | undefined> {
    const bytes = await this.#database.get(IDENTITY_KEY);
    if (bytes === undefined) {
      for await (const _entry of this.#database.iterate()) {
        throw new ChainStoreError('CHAIN_STORE_FOREIGN_DATA');
      }
      return undefined;
    }
    try {
      return decode(ChainIdentity, bytes);
    } catch (cause) {
      if (!(cause instanceof CodecError)) throw cause;
      throw new ChainStoreError('CHAIN_STORE_UNKNOWN_FORMAT', {codec: cause.code}, {cause});
    }
  }

  /** Writes identity, genesis block and genesis state in one batch. */
  async writeGenesis(identity: ChainIdentity, {block, map}: ExecutedBlock): Promise<void> {
    const writes = [put(IDENTITY_KEY, encode(ChainIdentity, identity)), ...blockWrites(block)];
    for (const [key, value] of map.entries()) writes.push(put(stateKey(this.#slot, key), value));
    await this.write(writes);
  }

  /**
   * Writes an accepted block, what it changed, and what else belongs to it.
   * @throws ChainStoreError CHAIN_STORE_FAILED
   */
  async writeAccepted(
    block: ParsedBlock,
    changes: readonly StateChange[],
    beside: readonly WriteOperation[] = [],
  ): Promise<void> {
    await this.write([...changes.map(writeOf(this.#slot)), ...blockWrites(block), ...beside]);
  }

  /** Turns to the state in the spare slot, and to its block as the last accepted one: all or nothing. */
  async writeSynced({block, summary, beside}: SyncedState): Promise<void> {
    const slot = this.spareSlot;
    await this.write([
      ...blockWrites(block),
      put(STATE_SLOT_KEY, encode(StateSlot, {slot})),
      summariesWrite([summary]),
      {type: 'delete', key: ONGOING_SYNC_KEY},
      ...beside,
    ]);
    this.#turnTo(slot);
  }

  #turnTo(slot: StateSlotNumber): void {
    this.#slot = slot;
    this.#hasSwitched = true;
  }

  /** @throws ChainStoreError CHAIN_STORE_CORRUPT */
  async readRecentSummaries(): Promise<readonly StateSummary[]> {
    const bytes = await this.#database.get(RECENT_SUMMARIES_KEY);
    return bytes === undefined ? [] : decodeStored(RecentSummaries, bytes).summaries;
  }

  /** The upgrades that accepted blocks have passed. @throws ChainStoreError CHAIN_STORE_CORRUPT */
  async readAppliedUpgrades(): Promise<AppliedUpgrades> {
    const bytes = await this.#database.get(APPLIED_UPGRADES_KEY);
    return bytes === undefined ? [] : decodeStored(AppliedUpgrades, bytes);
  }

  /**
   * The last accepted block and the state after it.
   * @throws ChainStoreError CHAIN_STORE_CORRUPT
   */
  async readLastAccepted(): Promise<{readonly block: ParsedBlock; readonly map: MerkleMap}> {
    const pointer = await this.#database.get(LAST_ACCEPTED_KEY);
    if (pointer === undefined) {
      throw new ChainStoreError('CHAIN_STORE_CORRUPT', {what: 'LastAccepted'});
    }
    const {id} = decodeStored(LastAccepted, pointer);
    const bytes = await this.getBlock(id);
    if (bytes === undefined) throw new ChainStoreError('CHAIN_STORE_CORRUPT', {what: 'block'});
    const block = parseBlock(bytes);
    const slot = await this.#database.get(STATE_SLOT_KEY);
    if (slot !== undefined) this.#turnTo(decodeStored(StateSlot, slot).slot);
    const map = await this.readState(this.#slot);
    if (!equalBytes(block.id, id) || !equalBytes(map.root(), block.stateRoot)) {
      throw new ChainStoreError('CHAIN_STORE_CORRUPT', {what: 'state root'});
    }
    return {block, map};
  }

  /** All entries of a slot as one map. @throws ChainStoreError CHAIN_STORE_CORRUPT */
  async readState(slot: StateSlotNumber): Promise<MerkleMap> {
    const prefix = statePrefix(slot);
    const entries: [Uint8Array, Uint8Array][] = [];
    for await (const [key, value] of this.#database.iterate(prefixRange(prefix))) {
      entries.push([key.subarray(prefix.length), value]);
    }
    try {
      return MerkleMap.fromEntries(entries);
    } catch (cause) {
      // Here the keys are what a disk gave us, not what this program made.
      if (!(cause instanceof InvariantError)) throw cause;
      throw new ChainStoreError('CHAIN_STORE_CORRUPT', {what: 'state keys'}, {cause});
    }
  }

  getBlock(id: BlockId): Promise<Uint8Array | undefined> {
    return this.#database.get(blockKey(id));
  }

  async getBlockIdAtHeight(height: bigint): Promise<BlockId | undefined> {
    const id = await this.#database.get(heightKey(height));
    return id === undefined ? undefined : toBlockId(id);
  }

  async getTxHeight(id: TxId): Promise<bigint | undefined> {
    const height = await this.#database.get(txKey(id));
    return height === undefined ? undefined : decodeStored(u64, height);
  }
}
