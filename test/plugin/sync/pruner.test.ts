import {describe, expect, it} from 'vitest';
import {blockKey, heightKey, txKey} from '../../../src/plugin/chain-keys.ts';
import {ChainStore, summariesWrite} from '../../../src/plugin/chain-store.ts';
import {openChain} from '../../../src/plugin/open-chain.ts';
import {Pruner} from '../../../src/plugin/sync/pruner.ts';
import {SummaryShelf} from '../../../src/plugin/sync/summary-shelf.ts';
import {parseGenesis} from '../../../src/protocol/chain/genesis.ts';
import type {WriteOperation} from '../../../src/storage/kv.ts';
import {MemoryStore} from '../../../src/storage/memory.ts';
import type {ParsedBlock} from '../../../src/vm/parsed-block.ts';
import {Driver, testAccount} from '../../vm/driver.ts';

const rich = testAccount('rich');
const poor = testAccount('poor');

class MortalStore extends MemoryStore {
  batchesLeft = Number.POSITIVE_INFINITY;

  override async batch(writes: readonly WriteOperation[]): Promise<void> {
    this.batchesLeft -= 1;
    if (this.batchesLeft < 0) throw new Error('killed');
    await super.batch(writes);
  }
}

/** A chain of some epochs with a transfer in most blocks, in a database. */
async function chainOf(epochs: number) {
  const driver = new Driver({accounts: [rich]});
  const {config, genesisBytes} = driver;
  const database = new MortalStore();
  const store = new ChainStore(database);
  const origin = {config, genesis: parseGenesis(genesisBytes), genesisBytes};
  const {lastAccepted} = await openChain(store, origin);
  const shelf = new SummaryShelf({genesis: lastAccepted.block, lastAccepted, recent: []});
  const accept = async (timestamp: bigint): Promise<void> => {
    const before = driver.state;
    const block = driver.block(timestamp, [driver.transfer(rich, poor.address, 5n)]);
    const executed = driver.chain.lastAccepted;
    const summaries = shelf.next(before, executed);
    const beside = summaries === undefined ? [] : [summariesWrite(summaries)];
    const changes = [...driver.state.entries()].map(([key, value]) => ({key, value}));
    await store.writeAccepted(block, changes, beside);
    if (summaries !== undefined) shelf.accepted(executed, summaries);
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let n = 0; n < 5; n++) await accept(driver.inEpoch(epoch, 100 + n * 900));
  }
  return {driver, database, store, shelf, origin, accept};
}

type Kept = 'whole' | 'gone' | 'torn';

/** Whether a block and all that belongs to it is there. */
async function lookUp(store: ChainStore, block: ParsedBlock): Promise<Kept> {
  const keys = [blockKey(block.id), heightKey(block.height), ...block.txs.map(({id}) => txKey(id))];
  const found = await Promise.all(keys.map((key) => store.database.has(key)));
  if (found.every(Boolean)) return 'whole';
  return found.some(Boolean) ? 'torn' : 'gone';
}

const lookUpAll = (store: ChainStore, blocks: readonly ParsedBlock[]): Promise<Kept[]> =>
  Promise.all(blocks.map((block) => lookUp(store, block)));

async function pruneAll(pruner: Pruner, height: bigint): Promise<number> {
  let gone = 0;
  for (;;) {
    const count = await pruner.step(height);
    if (count === 0) return gone;
    expect(count).toBeLessThanOrEqual(8);
    gone += count;
  }
}

describe('Pruner', () => {
  it('removes whole old blocks, and none since the oldest summary or among the last', async () => {
    for (const keepBlocks of [1, 12, 27, 35, 1000]) {
      const {driver, store, shelf} = await chainOf(8);
      const last = driver.chain.lastAccepted.block.height;
      const pruner = new Pruner({store, keepBlocks, oldestSummary: () => shelf.oldestHeight});
      await pruneAll(pruner, last);
      const oldest = shelf.oldestHeight!;
      const kept = last - BigInt(keepBlocks) + 1n;
      const below = kept < oldest ? kept : oldest;
      const expected = driver.blocks.map(({height}): Kept => (height < below ? 'gone' : 'whole'));
      expect(await lookUpAll(store, driver.blocks)).toEqual(expected);
      const [first] = driver.blocks;
      const genesis = await store.getBlockIdAtHeight(0n);
      expect(genesis).toEqual(first!.parentId);
      expect(await store.getBlock(genesis!)).toBeDefined();
    }
  });

  it('prunes nothing before the first summary', async () => {
    const {driver, store, shelf} = await chainOf(1);
    const pruner = new Pruner({store, keepBlocks: 1, oldestSummary: () => shelf.oldestHeight});
    expect(await pruner.step(driver.chain.lastAccepted.block.height)).toBe(0);
    expect(new Set(await lookUpAll(store, driver.blocks))).toEqual(new Set(['whole']));
  });

  it('leaves no block torn when it is killed at any batch, and goes on after it', async () => {
    const {driver, database, origin} = await chainOf(9);
    const last = driver.chain.lastAccepted.block.height;
    let kills = 0;
    for (;;) {
      const store = new ChainStore(database);
      const {lastAccepted} = await openChain(store, origin);
      expect(lastAccepted.block.height).toBe(last);
      const recent = await store.readRecentSummaries();
      const shelf = new SummaryShelf({genesis: driver.blocks[0]!, lastAccepted, recent});
      const pruner = new Pruner({store, keepBlocks: 3, oldestSummary: () => shelf.oldestHeight});
      database.batchesLeft = 1;
      const isDone = await pruneAll(pruner, last).then(
        () => true,
        () => false,
      );
      database.batchesLeft = Number.POSITIVE_INFINITY;
      expect(await lookUpAll(store, driver.blocks)).not.toContain('torn');
      if (isDone) break;
      kills += 1;
      expect(kills).toBeLessThan(20);
    }
    expect(kills).toBeGreaterThan(1);
    const found = await lookUpAll(new ChainStore(database), driver.blocks);
    expect(found.filter((kept) => kept === 'gone').length).toBeGreaterThan(15);
  });
});
