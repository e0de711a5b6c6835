import {setTimeout as sleep} from 'node:timers/promises';
import fc from 'fast-check';
import {beforeAll, describe, expect, it} from 'vitest';
import {initCrypto} from '../../../src/crypto/init.ts';
import {statePrefix} from '../../../src/plugin/chain-keys.ts';
import {ChainStore} from '../../../src/plugin/chain-store.ts';
import {PeerError} from '../../../src/plugin/errors.ts';
import type {AnswerOf, PeerCall, RequestOf} from '../../../src/plugin/peers/peer-codec.ts';
import type {PeerRequests} from '../../../src/plugin/peers/peer-requests.ts';
import {
  LACKING_PATIENCE_MS,
  PATIENCE_MS,
  StateSyncer,
} from '../../../src/plugin/sync/state-syncer.ts';
import {summaryOf} from '../../../src/plugin/sync/summary-shelf.ts';
import {SyncPeers} from '../../../src/plugin/sync/sync-peers.ts';
import {SyncProgress} from '../../../src/plugin/sync/sync-progress.ts';
import {SyncStore} from '../../../src/plugin/sync/sync-store.ts';
import {bytesToHex, type NodeId, toNodeId} from '../../../src/protocol/bytes.ts';
import {prefixRange, type WriteOperation} from '../../../src/storage/kv.ts';
import {MemoryStore} from '../../../src/storage/memory.ts';
import {MerkleMap} from '../../../src/vm/state/merkle-map.ts';
import {SubtreeReader} from '../../../src/vm/state/read-subtree.ts';
import {extend, type MadeChain, makeChain} from './made-chain.ts';

type Answer = AnswerOf<PeerCall> | undefined;
/** What a peer does with a question; undefined: it lets it time out. */
type Behaviour = (call: PeerCall, honest: () => Answer, signal: AbortSignal) => Promise<Answer>;

const reader = new SubtreeReader();
let made: MadeChain;
/** The same chain an epoch later: most of its state is as before. */
let later: MadeChain;

beforeAll(async () => {
  await initCrypto();
  made = await makeChain({epochs: 1, nodes: 900});
  later = await makeChain({epochs: 1, nodes: 900});
  const {chain} = later;
  const {genesisTimeMs, rules} = chain.config;
  const next = genesisTimeMs + BigInt(rules.epochSeconds * 2000);
  while (chain.lastAccepted.block.timestamp < next) chain.accept(extend(chain).id);
});

/** Fails a batch for good at a time, as a process that is killed. */
class MortalStore extends MemoryStore {
  batchesLeft = Number.POSITIVE_INFINITY;

  override async batch(writes: readonly WriteOperation[]): Promise<void> {
    this.batchesLeft -= 1;
    if (this.batchesLeft < 0) throw new Error('killed');
    await super.batch(writes);
  }
}

type World = {
  readonly database: MemoryStore;
  readonly behaviours: readonly Behaviour[];
  readonly target?: MadeChain;
  /** Plays the clock, when real time is too slow. */
  readonly hasty?: bigint;
};

function setUp({database, behaviours, target = made, hasty = 1n}: World) {
  const {block, map} = target.chain.lastAccepted;
  const ids = behaviours.map((_, n) => toNodeId(new Uint8Array(20).fill(n + 1)));
  const asked = new Map<string, number>();
  const start = Date.now();
  const monotonicMs = (): bigint => BigInt(start) + BigInt(Date.now() - start) * hasty;
  const honest = <K extends PeerCall>(call: K, request: RequestOf<K>): Answer => {
    if (call === 'summaryBlock') return {block: block.bytes};
    return reader.read(map, (request as RequestOf<'stateSubtree'>).path);
  };
  const requests = {
    hasRoomFor: () => true,
    async ask(
      nodeId: NodeId,
      call: PeerCall,
      request: RequestOf<PeerCall>,
      {signal}: {signal: AbortSignal},
    ) {
      const name = bytesToHex(nodeId);
      asked.set(name, (asked.get(name) ?? 0) + 1);
      const behaviour = behaviours[ids.findIndex((id) => bytesToHex(id) === name)]!;
      const answer = await behaviour(call, () => honest(call, request), signal);
      if (answer === undefined) throw new PeerError('PEER_TIMEOUT');
      return answer;
    },
  } as unknown as Pick<PeerRequests, 'ask' | 'hasRoomFor'>;
  const abort = new AbortController();
  const store = new SyncStore(new ChainStore(database));
  const summary = summaryOf(block);
  const peers = new SyncPeers({peers: {list: () => ids}, requests, monotonicMs});
  const logger = {info: () => undefined, warn: () => undefined};
  const own = MerkleMap.empty;
  const syncer = new StateSyncer({
    summary,
    store,
    own,
    peers,
    requests,
    progress: new SyncProgress(),
    logger,
    signal: abort.signal,
    monotonicMs,
  });
  return {syncer, abort, asked, ids, map, block};
}

const good: Behaviour = async (_call, honest) => honest();
const silent: Behaviour = async () => undefined;
const slow: Behaviour = async (_call, honest, signal) => {
  await sleep(5000, undefined, {signal}).catch(() => undefined);
  return honest();
};
const lacking: Behaviour = async (call) =>
  call === 'summaryBlock' ? {block: undefined} : {type: 'unknown', value: {}};
const vanishing = (after: number): Behaviour => {
  let left = after;
  return async (_call, honest) => {
    left -= 1;
    if (left < 0) throw new PeerError('PEER_DISCONNECTED');
    return honest();
  };
};
/** Changes something in every answer. */
const liar: Behaviour = async (call, honest) => {
  const answer = honest();
  if (call === 'summaryBlock') return {block: new Uint8Array(500)};
  const subtree = answer as AnswerOf<'stateSubtree'>;
  if (subtree.type === 'leaves') {
    const leaves = subtree.value.leaves.map((leaf, n) =>
      n === 0 ? {...leaf, value: Uint8Array.of(...leaf.value, 1)} : leaf,
    );
    return {type: 'leaves', value: {leaves}};
  }
  if (subtree.type !== 'top') return subtree;
  const nodes = subtree.value.nodes.map((node) => ({...node, left: node.right}));
  return {type: 'top', value: {nodes}};
};

/** Entries of the spare slot that are not of the map: nothing untrue may ever be kept. */
async function untrueEntries(database: MemoryStore, maps: readonly MerkleMap[]): Promise<number> {
  let untrue = 0;
  for await (const [key, value] of database.iterate(prefixRange(statePrefix(1)))) {
    const isOf = (map: MerkleMap): boolean => {
      const found = map.get(key.subarray(1));
      return found !== undefined && bytesToHex(found) === bytesToHex(value);
    };
    if (!maps.some(isOf)) untrue += 1;
  }
  return untrue;
}

async function staged(database: MemoryStore): Promise<number> {
  let count = 0;
  for await (const _ of database.iterate(prefixRange(statePrefix(1)))) count += 1;
  return count;
}

describe('StateSyncer', () => {
  it('fetches the state whatever the others do, as long as one is honest, and keeps nothing untrue', async () => {
    const behaviour = fc.constantFrom(silent, lacking, liar, vanishing(2), vanishing(0), good);
    const property = fc.asyncProperty(
      fc.array(behaviour, {maxLength: 6}),
      fc.nat(6),
      async (others, at) => {
        const database = new MemoryStore();
        const behaviours = others.toSpliced(at, 0, good);
        const {syncer, map, block} = setUp({database, behaviours, hasty: 20n});
        const fetched = await syncer.run();
        expect(fetched?.block.bytes).toEqual(block.bytes);
        expect(fetched?.map.root()).toEqual(map.root());
        expect(await untrueEntries(database, [map])).toBe(0);
        expect(await staged(database)).toBe(map.size);
      },
    );
    await fc.assert(property, {numRuns: 25});
  });

  it('asks a liar once or twice, and never again while others are there', async () => {
    const database = new MemoryStore();
    const {syncer, asked, ids} = setUp({database, behaviours: [liar, liar, good]});
    expect(await syncer.run()).toBeDefined();
    for (const id of ids.slice(0, 2)) expect(asked.get(bytesToHex(id))).toBeLessThan(3);
  });

  it('waits for no slow peer when others can answer', async () => {
    const database = new MemoryStore();
    const start = performance.now();
    const {syncer} = setUp({database, behaviours: [slow, slow, slow, slow, slow, good]});
    expect(await syncer.run()).toBeDefined();
    expect(performance.now() - start).toBeLessThan(4900);
  });

  it('goes on after a kill at any write with what it had, and fetches the rest only', async () => {
    const database = new MortalStore();
    const counts: number[] = [];
    let kills = 0;
    for (;;) {
      database.batchesLeft = 2;
      const {syncer, map} = setUp({database, behaviours: [good]});
      const fetched = await syncer.run().catch(() => undefined);
      counts.push(await staged(database));
      expect(await untrueEntries(database, [map])).toBe(0);
      if (fetched !== undefined) break;
      kills += 1;
      expect(kills).toBeLessThan(20);
    }
    expect(kills).toBeGreaterThan(1);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  it('to another state it brings what both have; what only the first had is gone in the end', async () => {
    const database = new MemoryStore();
    const first = setUp({database, behaviours: [good]});
    await first.syncer.run();
    const whole = [...first.asked.values()][0]!;
    const second = setUp({database, behaviours: [good], target: later});
    const fetched = await second.syncer.run();
    expect(fetched?.map.root()).toEqual(second.map.root());
    expect(await untrueEntries(database, [second.map])).toBe(0);
    expect(await staged(database)).toBe(second.map.size);
    expect([...second.asked.values()][0]).toBeLessThan(whole);
  });

  it('gives up when nobody has the state, and later when nobody answers', async () => {
    for (const [behaviour, patienceMs] of [
      [lacking, LACKING_PATIENCE_MS],
      [silent, PATIENCE_MS],
    ] as const) {
      const hasty = 200n;
      const start = performance.now();
      const {syncer} = setUp({database: new MemoryStore(), behaviours: [behaviour], hasty});
      expect(await syncer.run()).toBeUndefined();
      expect(performance.now() - start).toBeGreaterThanOrEqual(Number(patienceMs / hasty) - 50);
    }
  });

  it('ends at once when it is stopped', async () => {
    const {syncer, abort} = setUp({database: new MemoryStore(), behaviours: [slow]});
    const running = syncer.run();
    await sleep(50);
    const start = performance.now();
    abort.abort();
    expect(await running).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
