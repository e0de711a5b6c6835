import {setImmediate as nextTurn} from 'node:timers/promises';
import {beforeAll, expect, it} from 'vitest';
import {initCrypto} from '../../../src/crypto/init.ts';
import {statePrefix} from '../../../src/plugin/chain-keys.ts';
import {ChainStore, put} from '../../../src/plugin/chain-store.ts';
import {EventWaiter} from '../../../src/plugin/event-waiter.ts';
import {openChain} from '../../../src/plugin/open-chain.ts';
import {parseOperatorConfig} from '../../../src/plugin/operator-config.ts';
import {SerialQueue} from '../../../src/plugin/serial-queue.ts';
import {createStateSync} from '../../../src/plugin/sync/create-state-sync.ts';
import {openShelf} from '../../../src/plugin/sync/open-shelf.ts';
import {summaryOf} from '../../../src/plugin/sync/summary-shelf.ts';
import {SyncStore} from '../../../src/plugin/sync/sync-store.ts';
import {toNodeId, utf8ToBytes} from '../../../src/protocol/bytes.ts';
import {parseGenesis} from '../../../src/protocol/chain/genesis.ts';
import {prefixRange, type WriteOperation} from '../../../src/storage/kv.ts';
import {MemoryStore} from '../../../src/storage/memory.ts';
import {SubtreeReader} from '../../../src/vm/state/read-subtree.ts';
import {CHAIN} from '../harness.ts';
import {extend, type MadeChain, makeChain} from './made-chain.ts';

/** Holds up batches of deletes until they are let through. */
class HeldDeletes extends MemoryStore {
  readonly #gate = Promise.withResolvers<void>();
  isHolding = false;
  held = 0;

  release(): void {
    this.isHolding = false;
    this.#gate.resolve();
  }

  override async batch(writes: readonly WriteOperation[]): Promise<void> {
    if (this.isHolding && writes.every(({type}) => type === 'delete')) {
      this.held += 1;
      await this.#gate.promise;
    }
    await super.batch(writes);
  }
}

beforeAll(initCrypto);

function originOf({genesisBytes}: MadeChain): Parameters<typeof openChain>[1] {
  const genesis = parseGenesis(genesisBytes);
  const {rules, timeMs: genesisTimeMs} = genesis;
  return {config: {...CHAIN, rules, upgrades: [], genesisTimeMs}, genesis, genesisBytes};
}

/** A database as a kill leaves it right after a first sync: its state in slot 1, and another still in slot 0. */
async function syncedOnce(database: MemoryStore, made: MadeChain): Promise<void> {
  const store = new ChainStore(database);
  await openChain(store, originOf(made));
  const syncStore = new SyncStore(store);
  const {block, map} = made.chain.lastAccepted;
  await syncStore.begin(summaryOf(block));
  await syncStore.keep(map.entries());
  await syncStore.finish({block, summary: summaryOf(block), beside: []});
  const old = [...map.entries()];
  await database.batch(
    old.map(([key, value]) => put(Uint8Array.of(...statePrefix(0), ...key), value)),
  );
}

/** The plugin's state sync over the database; `goal` is what its one peer has. */
async function openSync(database: MemoryStore, made: MadeChain) {
  const store = new ChainStore(database);
  const chain = await openChain(store, originOf(made));
  const goal = made.chain.lastAccepted;
  const reader = new SubtreeReader();
  const requests = {
    hasRoomFor: () => true,
    ask: async (_peer: unknown, call: string, {path}: {readonly path: boolean[]}) =>
      call === 'summaryBlock' ? {block: goal.block.bytes} : reader.read(goal.map, path),
  };
  const waiter = new EventWaiter(() => 0n);
  const silent = (): void => undefined;
  const logger = {info: silent, warn: silent, error: silent, debug: silent};
  const queue = new SerialQueue();
  const vm = {queue, waiter, ports: {monotonicMs: () => 0n, logger}};
  const peers = {list: () => [toNodeId(new Uint8Array(20).fill(1))], onChange: silent};
  const operator = parseOperatorConfig(utf8ToBytes('{"stateSync":true,"stateSyncMinBlocks":1}'));
  const shelf = await openShelf(store, chain);
  const parts = {store, history: {jump: silent}, operator, ongoing: undefined, chain, shelf};
  const sync = createStateSync(vm as never, {...parts, peers, requests} as never);
  return {chain, goal, queue, sync, waiter};
}

it('a sync begins when nothing empties the spare slot any more, and keeps what it has fetched', async () => {
  const made = await makeChain({epochs: 1, nodes: 400});
  const database = new HeldDeletes();
  await syncedOnce(database, made);
  const oldHeight = made.chain.lastAccepted.block.height;
  for (let block = 0; block < 20; block++) made.chain.accept(extend(made.chain).id);
  database.isHolding = true;
  const {chain, goal, queue, sync, waiter} = await openSync(database, made);
  expect(chain.lastAccepted.block.height).toBe(oldHeight);
  while (database.held === 0) await nextTurn();
  let hasBegun: boolean | undefined;
  const accepted = sync.accept(summaryOf(goal.block)).then((begun) => {
    hasBegun = begun;
  });
  for (let turn = 0; turn < 50; turn++) await nextTurn();
  expect(hasBegun).toBeUndefined();
  expect(sync.ongoing?.height).toBe(goal.block.height);
  database.release();
  await accepted;
  expect(hasBegun).toBe(true);
  await waiter.wait(AbortSignal.timeout(20_000));
  await queue.idle();
  expect(database.held).toBe(1);
  expect(chain.lastAccepted.block.height).toBe(goal.block.height);
  let entries = 0;
  for await (const _ of database.iterate(prefixRange(statePrefix(0)))) entries += 1;
  expect(entries).toBe(goal.map.size);
  const again = await openChain(new ChainStore(database), originOf(made));
  expect(again.lastAccepted.block.height).toBe(goal.block.height);
});
