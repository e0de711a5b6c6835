import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {MAX_GOSSIP_BYTES} from '../../../src/plugin/gossip-message.ts';
import {PeerAnswer, PeerRequest} from '../../../src/plugin/peers/peer-codec.ts';
import {servePull} from '../../../src/plugin/peers/serve-pull.ts';
import {type TxFilter, toFilterSalt, txFilterTest} from '../../../src/plugin/peers/tx-filter.ts';
import {PULL_MS, TxPuller} from '../../../src/plugin/peers/tx-puller.ts';
import type {NodeId} from '../../../src/protocol/bytes.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';
import {Mempool} from '../../../src/vm/mempool.ts';
import {type ParsedTx, parseTx} from '../../../src/vm/parsed-tx.ts';
import {Driver, testAccount} from '../../vm/driver.ts';
import {nodeId, setUpRequests, VERSION} from './harness.ts';

const A = nodeId(2);
const accounts = Array.from({length: 400}, (_, n) => testAccount(`a ${n}`));
const driver = new Driver({accounts});
const txs = accounts.map((account) => driver.transfer(account, account.address, 1n));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const made = setUpRequests();
  made.world.random = 256;
  const mempool = new Mempool();
  const refused: ParsedTx[] = [];
  const state = {isActive: true, false: 0};
  const internal: unknown[] = [];
  const puller = new TxPuller({
    ...made,
    mempool,
    intake: {
      async take(_nodeId, list) {
        let admitted = 0;
        for (const tx of list.map(parseTx)) {
          if (mempool.get(tx.id) !== undefined) continue;
          mempool.add(tx);
          admitted += 1;
        }
        return {admitted, false: state.false};
      },
      refusedIds: () => refused.map(({id}) => id),
    },
    isActive: () => state.isActive,
    randomBytes: (length) => new Uint8Array(length).fill(5),
    reportInternalError: (error) => internal.push(error),
  });
  const asked = (): readonly {
    readonly to: NodeId;
    readonly id: number;
    readonly filter: TxFilter;
  }[] =>
    made.messenger.sent.flatMap((message) => {
      if (message.kind !== 'request') return [];
      const request = decode(PeerRequest, message.bytes);
      if (request.type !== 'pullTxs') return [];
      return [{to: message.to, id: message.id, filter: request.value}];
    });
  const answer = async (list: readonly ParsedTx[]): Promise<void> => {
    const {to, id} = asked().at(-1)!;
    const value = {txs: list.map(({bytes}) => bytes)};
    made.requests.onResponse(to, id, encode(PeerAnswer, {type: 'pullTxs', value}));
    await vi.advanceTimersByTimeAsync(0);
  };
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  return {...made, mempool, refused, state, internal, puller, asked, answer, pass};
}

describe('TxPuller', () => {
  it('has no timer without a peer, before normal operation, and after the end', async () => {
    const {puller, peers, state, asked, pass} = setUp();
    puller.update();
    expect(vi.getTimerCount()).toBe(0);
    state.isActive = false;
    peers.connected(nodeId(1), VERSION);
    peers.connected(A, VERSION);
    expect(vi.getTimerCount()).toBe(0);
    state.isActive = true;
    puller.update();
    puller.update();
    expect(vi.getTimerCount()).toBe(1);
    peers.disconnected(A);
    expect(vi.getTimerCount()).toBe(0);
    peers.connected(A, VERSION);
    expect(vi.getTimerCount()).toBe(1);
    state.isActive = false;
    puller.update();
    expect(vi.getTimerCount()).toBe(0);
    state.isActive = true;
    puller.update();
    puller.close();
    peers.connected(nodeId(3), VERSION);
    expect(vi.getTimerCount()).toBe(0);
    await pass(10 * PULL_MS);
    expect(asked()).toEqual([]);
  });

  it('asks with what it has and what it never wants, and takes the rest, every period', async () => {
    const {peers, mempool, refused, metrics, asked, answer, pass} = setUp();
    for (const tx of txs.slice(0, 5)) mempool.add(tx);
    refused.push(txs[5]!);
    peers.connected(A, VERSION);
    await pass(PULL_MS);
    expect(asked()).toHaveLength(1);
    const isThere = txFilterTest(asked()[0]!.filter);
    expect(txs.slice(0, 6).every(({id}) => isThere(id))).toBe(true);
    expect(isThere(txs[6]!.id)).toBe(false);
    await answer(txs.slice(4, 9));
    expect(mempool.size).toBe(9);
    expect(metrics).toMatchObject({pulls: 1, pulledTxs: 4});
    await pass(PULL_MS);
    expect(asked()).toHaveLength(2);
    await answer([]);
    await pass(PULL_MS);
    expect(asked()).toHaveLength(3);
  });

  it('goes on at once while there is more, and rarely when it is of no use', async () => {
    const {peers, asked, answer, pass} = setUp();
    const full = txs.slice(0, Math.floor(MAX_GOSSIP_BYTES / txs[0]!.bytes.length) - 1);
    peers.connected(A, VERSION);
    await pass(PULL_MS);
    await answer(full);
    await pass(200);
    expect(asked()).toHaveLength(2);
    for (const waitMs of [2 * PULL_MS, 4 * PULL_MS, 8 * PULL_MS, 16 * PULL_MS, 16 * PULL_MS]) {
      const before = asked().length;
      await answer(full);
      await pass(waitMs - 1);
      expect(asked()).toHaveLength(before);
      await pass(1);
      expect(asked()).toHaveLength(before + 1);
    }
    await answer([]);
    const before = asked().length;
    await pass(PULL_MS);
    expect(asked()).toHaveLength(before + 1);
  });

  it('asks others when a peer is silent, fails, answers nonsense or lies', async () => {
    const {peers, requests, world, state, asked, answer, pass, internal} = setUp();
    peers.connected(A, VERSION);
    await pass(PULL_MS);
    for (let n = 3; n < 7; n++) peers.connected(nodeId(n), VERSION);
    world.random = 0;
    await pass(5000 + PULL_MS);
    expect(asked().map(({to}) => to[0])).toEqual([2, 3]);
    requests.onFailed(nodeId(3), asked()[1]!.id, -1);
    await pass(PULL_MS);
    requests.onResponse(nodeId(4), asked()[2]!.id, Uint8Array.of(1));
    await pass(PULL_MS);
    state.false = 1;
    await answer([]);
    state.false = 0;
    await pass(PULL_MS);
    await answer([]);
    expect(asked().map(({to}) => to[0])).toEqual([2, 3, 4, 5, 6]);
    await pass(PULL_MS);
    expect(asked().at(-1)?.to[0]).toBe(6);
    expect(internal).toEqual([]);
  });

  it('asks one at a time', async () => {
    const {peers, asked, pass} = setUp();
    peers.connected(A, VERSION);
    await pass(PULL_MS);
    peers.connected(nodeId(3), VERSION);
    await pass(2 * PULL_MS);
    expect(asked()).toHaveLength(1);
  });
});

describe('servePull', () => {
  const by = {nodeId: A, deadlineMs: 0n};
  const nothing = {salt: toFilterSalt(new Uint8Array(16)), bits: new Uint8Array()};

  it('tells what is not in the filter, in the order of admission', async () => {
    const mempool = new Mempool();
    for (const tx of txs.slice(0, 9)) mempool.add(tx);
    const answer = await servePull(mempool, () => 0)(nothing, by);
    expect(answer?.txs).toEqual(txs.slice(0, 9).map(({bytes}) => bytes));
    const all = {...nothing, bits: new Uint8Array(1).fill(255)};
    expect(await servePull(mempool, () => 0)(all, by)).toEqual({txs: []});
  });

  it('fits an answer, and begins anywhere when there is more', async () => {
    const mempool = new Mempool();
    for (const tx of txs) mempool.add(tx);
    const starts = [0, 100, 399];
    for (const start of starts) {
      const answer = await servePull(mempool, () => start)(nothing, by);
      const list = answer?.txs ?? [];
      expect(list[0]).toEqual(txs[start]!.bytes);
      const encoded = encode(PeerAnswer, {type: 'pullTxs', value: {txs: list}});
      expect(encoded.length).toBeLessThanOrEqual(MAX_GOSSIP_BYTES);
      expect(encoded.length).toBeGreaterThan(MAX_GOSSIP_BYTES - 10_000);
      expect(new Set(list).size).toBe(list.length);
    }
  });
});
