import {join} from 'node:path';
import {sha256} from '../../../src/crypto/hash.ts';
import {addressOf} from '../../../src/crypto/ids.ts';
import {initCrypto} from '../../../src/crypto/init.ts';
import {ChainStore, summariesWrite} from '../../../src/plugin/chain-store.ts';
import {SummaryShelf} from '../../../src/plugin/sync/summary-shelf.ts';
import {createGenesis, parseGenesis} from '../../../src/protocol/chain/genesis.ts';
import type {KeyValueStore, WriteOperation} from '../../../src/storage/kv.ts';
import {LevelStore} from '../../../src/storage/level.ts';
import {buildBlock} from '../../../src/vm/builder.ts';
import {Chain, restoreExecuted} from '../../../src/vm/chain.ts';
import {executeGenesis} from '../../../src/vm/genesis-state.ts';
import {Mempool} from '../../../src/vm/mempool.ts';
import {assembleBlock, type ParsedBlock} from '../../../src/vm/parsed-block.ts';
import {getTotals, putTotals} from '../../../src/vm/state/singletons.ts';
import {StateView} from '../../../src/vm/state/view.ts';
import {exponentFor, putNodes} from '../../bench/state.ts';
import {CHAIN, RICH} from '../harness.ts';

/** With nodes a block is due every 120th of it: long enough for none to be due during a test. */
const secondsOf = ({nodes = 0}: ChainPlan): number => (nodes === 0 ? 3600 : 86_400);
/** How far the running epoch has come: no block is due by itself for minutes. */
const INTO_EPOCH_SECONDS = 100;

export type ChainPlan = {
  /** Epochs that have ended. The last block is the one that began the running one. */
  readonly epochs: number;
  /** Service nodes that the state has from the first block on. */
  readonly nodes?: number;
  /** A database to leave the chain in; none: only in memory. */
  readonly database?: KeyValueStore;
};

export type MadeChain = {
  readonly genesisBytes: Uint8Array;
  readonly chain: Chain;
  readonly shelf: SummaryShelf;
  /** The last blocks, oldest first: at most a thousand. */
  readonly lastBlocks: readonly ParsedBlock[];
};

/** Nothing needs to survive a power cut here: thousands of blocks a second, with one flush at the end. */
function unsynced(database: KeyValueStore): KeyValueStore {
  const batch = (writes: readonly WriteOperation[]) => database.batch(writes, {sync: false});
  return Object.assign(Object.create(database) as KeyValueStore, {batch});
}

function genesisOf(plan: ChainPlan): Uint8Array {
  const {epochs, nodes = 0} = plan;
  const epochSeconds = secondsOf(plan);
  const age = epochs * epochSeconds + INTO_EPOCH_SECONDS;
  const timestamp = Math.floor(Date.now() / 1000) - age;
  const rules = {epochSeconds, swarmExponent: exponentFor(Math.max(nodes, 1))};
  const allocations = [{address: addressOf(RICH.publicKey), amount: 1_000_000_000n}];
  return createGenesis({preset: 'lux', timestamp, allocations, rules});
}

/** The chain from its first block on; with nodes, block 1 has them in its state without their transactions. */
function begin(genesisBytes: Uint8Array, nodes: number) {
  const genesis = parseGenesis(genesisBytes);
  const config = {...CHAIN, rules: genesis.rules, upgrades: [], genesisTimeMs: genesis.timeMs};
  const first = executeGenesis(genesis, genesisBytes);
  const chain = new Chain(config, first);
  const shelf = new SummaryShelf({genesis: first.block, lastAccepted: first, recent: []});
  if (nodes === 0) return {chain, shelf, first, changes: []};
  const state = new StateView(first.map);
  putNodes(state, nodes, exponentFor(nodes));
  const totals = getTotals(state);
  putTotals(state, {...totals, supply: totals.supply + totals.totalBonded});
  const {id, timestamp, height} = first.block;
  const header = {parentId: id, height: height + 1n, timestamp: timestamp + 1000n};
  const block = assembleBlock({...header, stateRoot: state.map.root()}, []);
  chain.jump(restoreExecuted(block, state.map));
  const changes = [...state.map.entries()].map(([key, value]) => ({key, value}));
  return {chain, shelf, first, changes};
}

/** A chain as validators would have it, made without them: blocks that are due, and no transactions. */
export async function makeChain(plan: ChainPlan): Promise<MadeChain> {
  await initCrypto();
  const {epochs, nodes = 0, database} = plan;
  const genesisBytes = genesisOf(plan);
  const {chain, shelf, first, changes} = begin(genesisBytes, nodes);
  const store = database === undefined ? undefined : new ChainStore(unsynced(database));
  await store?.writeGenesis({...CHAIN, genesisHash: sha256(genesisBytes)}, first);
  if (changes.length > 0) await store?.writeAccepted(chain.lastAccepted.block, changes);
  const mempool = new Mempool();
  const lastBlocks: ParsedBlock[] = [chain.lastAccepted.block];
  const start = chain.config.genesisTimeMs + BigInt(epochs * secondsOf(plan) * 1000);
  while (chain.lastAccepted.block.timestamp < start) {
    const {id} = extend(chain, mempool);
    const next = chain.next(id);
    const summaries = shelf.next(chain.lastAccepted.map, next);
    const beside = summaries === undefined ? [] : [summariesWrite(summaries)];
    await store?.writeAccepted(next.block, chain.stateChanges(id), beside);
    chain.accept(id);
    if (summaries !== undefined) shelf.accepted(next, summaries);
    lastBlocks.push(next.block);
    if (lastBlocks.length > 1000) lastBlocks.shift();
  }
  return {genesisBytes, chain, shelf, lastBlocks};
}

/** Verifies the next block that is due, or one at another time. */
export function extend(
  chain: Chain,
  mempool = new Mempool(),
  timestamp = chain.nextEmptyBlockTime,
): ParsedBlock {
  const block = buildBlock(chain, mempool, timestamp);
  chain.verify(block);
  chain.setPreference(block.id);
  return block;
}

/** Makes the chain in the folder of a host that is yet to be started. */
export async function makeHostChain(dataDir: string, plan: ChainPlan): Promise<MadeChain> {
  const database = await LevelStore.open(join(dataDir, 'db'));
  try {
    return await makeChain({...plan, database});
  } finally {
    await database.close();
  }
}
