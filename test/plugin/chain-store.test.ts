import {describe, expect, it} from 'vitest';
import {sha256} from '../../src/crypto/hash.ts';
import {blockKey, IDENTITY_KEY, LAST_ACCEPTED_KEY, stateKey} from '../../src/plugin/chain-keys.ts';
import {ChainStore} from '../../src/plugin/chain-store.ts';
import {openChain} from '../../src/plugin/open-chain.ts';
import {bytesToHex, toChainId} from '../../src/protocol/bytes.ts';
import {parseGenesis} from '../../src/protocol/chain/genesis.ts';
import type {WriteOperation} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {Driver, testAccount} from '../vm/driver.ts';

/** Counts batches, and fails them when told to. */
class WatchedStore extends MemoryStore {
  batches = 0;
  isBroken = false;

  override async batch(writes: readonly WriteOperation[]): Promise<void> {
    this.batches += 1;
    if (this.isBroken) throw new Error('the disk is gone');
    await super.batch(writes);
  }

  async dump(): Promise<string[]> {
    const lines: string[] = [];
    for await (const [key, value] of this.iterate()) {
      lines.push(`${bytesToHex(key)}=${bytesToHex(value)}`);
    }
    return lines;
  }
}

const rich = testAccount('rich');
const poor = testAccount('poor');

function setUp() {
  const driver = new Driver({accounts: [rich]});
  const database = new WatchedStore();
  const {config, genesisBytes} = driver;
  const origin = {config, genesis: parseGenesis(genesisBytes), genesisBytes};
  return {driver, database, origin, store: new ChainStore(database)};
}

/** Three blocks with a transfer each, written as the plugin does. */
async function acceptThree({driver, store}: ReturnType<typeof setUp>) {
  for (let i = 1; i <= 3; i++) {
    const before = driver.state;
    const tx = driver.transfer(rich, poor.address, 5n);
    const block = driver.block(driver.at(i * 1000), [tx]);
    const touched = driver.chain.lastAccepted.touched;
    const changes = touched
      .map((key) => ({key, value: driver.state.get(key)}))
      .filter(({key, value}) => value !== before.get(key));
    await store.writeAccepted(block, changes);
  }
}

describe('ChainStore', () => {
  it('begins an empty database with genesis in one batch', async () => {
    const {driver, database, origin, store} = setUp();
    const chain = await openChain(store, origin);
    expect(database.batches).toBe(1);
    expect(chain.lastAccepted.block.id).toEqual(driver.chain.lastAccepted.block.id);
    expect(await store.getBlockIdAtHeight(0n)).toEqual(chain.lastAccepted.block.id);
    expect(await store.getBlockIdAtHeight(1n)).toBeUndefined();
  });

  it('writes each accepted block in one batch and opens where it stopped', async () => {
    const world = setUp();
    const {driver, database, origin, store} = world;
    await openChain(store, origin);
    await acceptThree(world);
    expect(database.batches).toBe(4);
    const again = await openChain(new ChainStore(database), origin);
    expect(database.batches).toBe(4);
    expect(again.lastAccepted.block.bytes).toEqual(driver.chain.lastAccepted.block.bytes);
    expect(again.lastAccepted.map.root()).toEqual(driver.state.root());
    for (const block of driver.blocks) {
      expect(await store.getBlock(block.id)).toEqual(block.bytes);
      expect(await store.getBlockIdAtHeight(block.height)).toEqual(block.id);
      for (const tx of block.txs) expect(await store.getTxHeight(tx.id)).toBe(block.height);
    }
  });

  it('leaves the database of another genesis or another chain untouched', async () => {
    const {database, origin, store} = setUp();
    await openChain(store, origin);
    const before = await database.dump();
    const other = new Driver({accounts: [poor]});
    const genesisBytes = other.genesisBytes;
    const elsewhere = {...origin, genesisBytes, genesis: parseGenesis(genesisBytes)};
    const chainId = toChainId(sha256(Uint8Array.of(1)));
    const refused = [
      [elsewhere, 'CHAIN_STORE_WRONG_GENESIS'],
      [{...origin, config: {...origin.config, chainId}}, 'CHAIN_STORE_WRONG_CHAIN'],
      [{...origin, config: {...origin.config, networkId: 1}}, 'CHAIN_STORE_WRONG_CHAIN'],
    ] as const;
    for (const [changed, code] of refused) {
      await expect(openChain(new ChainStore(database), changed)).rejects.toMatchObject({code});
    }
    expect(await database.dump()).toEqual(before);
  });

  it('refuses what it did not write', async () => {
    const {database, origin, store} = setUp();
    await database.batch([{type: 'put', key: Uint8Array.of(9), value: Uint8Array.of(9)}]);
    const opening = openChain(store, origin);
    await expect(opening).rejects.toMatchObject({code: 'CHAIN_STORE_FOREIGN_DATA'});
  });

  it('refuses another format and damaged entries', async () => {
    const {driver, database, origin, store} = setUp();
    await openChain(store, origin);
    const {id} = driver.chain.lastAccepted.block;
    const [[firstKey] = []] = driver.state.entries();
    const damages = [
      [LAST_ACCEPTED_KEY, Uint8Array.of(1), 'CHAIN_STORE_CORRUPT'],
      [LAST_ACCEPTED_KEY, undefined, 'CHAIN_STORE_CORRUPT'],
      [blockKey(id), undefined, 'CHAIN_STORE_CORRUPT'],
      [stateKey(0, firstKey ?? new Uint8Array()), Uint8Array.of(1), 'CHAIN_STORE_CORRUPT'],
      [stateKey(0, Uint8Array.of(0x01, 0x02)), Uint8Array.of(1), 'CHAIN_STORE_CORRUPT'],
      [IDENTITY_KEY, Uint8Array.of(0, 9), 'CHAIN_STORE_UNKNOWN_FORMAT'],
    ] as const;
    for (const [key, value, code] of damages) {
      const copy = new MemoryStore();
      for await (const [k, v] of database.iterate()) {
        await copy.batch([{type: 'put', key: k, value: v}]);
      }
      await copy.batch([value === undefined ? {type: 'delete', key} : {type: 'put', key, value}]);
      await expect(openChain(new ChainStore(copy), origin)).rejects.toMatchObject({code});
    }
  });

  it('writes nothing more after a failed write', async () => {
    const world = setUp();
    const {driver, database, origin, store} = world;
    await openChain(store, origin);
    const before = await database.dump();
    database.isBroken = true;
    const failing = store.writeAccepted(driver.chain.lastAccepted.block, []);
    await expect(failing).rejects.toMatchObject({code: 'CHAIN_STORE_FAILED'});
    expect(store.failure?.code).toBe('CHAIN_STORE_FAILED');
    database.isBroken = false;
    const batches = database.batches;
    const later = store.writeAccepted(driver.chain.lastAccepted.block, []);
    await expect(later).rejects.toMatchObject({code: 'CHAIN_STORE_FAILED'});
    expect(database.batches).toBe(batches);
    expect(await database.dump()).toEqual(before);
  });
});
