import {randomBytes} from 'node:crypto';
import {afterEach, describe, expect, it} from 'vitest';
import {GossipMessage} from '../../src/plugin/gossip-message.ts';
import {PeerAnswer, PeerRequest} from '../../src/plugin/peers/peer-codec.ts';
import {toFilterSalt} from '../../src/plugin/peers/tx-filter.ts';
import {toChainId} from '../../src/protocol/bytes.ts';
import {Block} from '../../src/protocol/chain/block.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {Bench, issue, waitFor} from './harness.ts';
import {HostilePeer} from './hostile-peer.ts';
import {metricOf, payment, Validators, type ValidatorsInit} from './validators.ts';

const bench = new Bench();
const started: Validators[] = [];
afterEach(async () => {
  for (const {network} of started.splice(0)) await network.close();
  await bench.close();
});

async function start(init: ValidatorsInit): Promise<Validators> {
  const validators = await Validators.start(bench, init);
  started.push(validators);
  return validators;
}

const MEMPOOL = 'session_mempool_txs';
/** Whom a pull asks is drawn: time for so many that none is left out. */
const MANY_PULLS_MS = 30_000;
const txsOf = (bytes: Uint8Array): readonly string[] =>
  decode(Block, bytes)
    .txs.map((tx) => Buffer.from(tx).toString('hex'))
    .sort();
const hexOf = (txs: readonly Uint8Array[]): readonly string[] =>
  txs.map((tx) => Buffer.from(tx).toString('hex')).sort();

describe('several validators', () => {
  it('all have what one was given: by the push, in a moment', async () => {
    const validators = await start({count: 3});
    const [first] = validators.hosts;
    await issue(first!, payment(0));
    await waitFor(async () => (await validators.metrics(MEMPOOL)).every((size) => size === 1));
    expect(first!.appSender.sent().filter(({kind}) => kind === 'gossip')).toMatchObject([
      {validators: 16, nodeIds: []},
    ]);
    const received = await validators.metrics('session_gossip_received_total');
    expect(Math.min(...received.slice(1))).toBeGreaterThan(0);
    expect(await validators.metrics('session_peers')).toEqual([2, 2, 2]);
    await validators.accept(await validators.propose(2));
    expect(await validators.metrics(MEMPOOL)).toEqual([0, 0, 0]);
    expect(validators.failures).toEqual([]);
  });

  it('all have what each was given when every push is lost, and build the same blocks of it', async () => {
    const validators = await start({
      count: 3,
      isLost: (_from, {kind}) => kind === 'gossip',
    });
    const txs = [0, 1, 2].map((n) => payment(n));
    for (const [n, host] of validators.hosts.entries()) await issue(host, txs[n]!);
    await waitFor(
      async () => (await validators.metrics(MEMPOOL)).every((size) => size === 3),
      MANY_PULLS_MS,
    );
    expect(await validators.metrics('session_gossip_received_total')).toEqual([0, 0, 0]);
    expect(await validators.metrics('session_pulled_txs_total')).toEqual([2, 2, 2]);
    const block = await validators.propose(1);
    expect(txsOf(block.bytes)).toEqual(hexOf(txs));
    await validators.accept(block);
    expect(await validators.metrics(MEMPOOL)).toEqual([0, 0, 0]);
    expect(await validators.metrics('session_height')).toEqual([1, 1, 1]);
    expect(validators.failures).toEqual([]);
  });

  it('ask others when one is out of reach, and get a long queue in order', async () => {
    const dead = new HostilePeer(new Uint8Array(20).fill(0xee), () => undefined);
    const validators = await start({
      count: 2,
      others: [dead],
      isLost: (_from, {kind}) => kind === 'gossip',
    });
    const [first] = validators.hosts;
    for (let nonce = 0n; nonce < 40n; nonce++) await issue(first!, payment(0, {nonce}));
    await waitFor(
      async () => (await metricOf(validators.hosts[1]!, MEMPOOL)) === 40,
      MANY_PULLS_MS,
    );
    const block = await validators.propose(1);
    expect(decode(Block, block.bytes).txs).toHaveLength(40);
    expect(validators.failures).toEqual([]);
  });

  it('take back what a rejected block held, also one that never waited there', async () => {
    const validators = await start({count: 2, isLost: () => true});
    const [a, b] = validators.hosts;
    const [ofA, ofB] = [payment(0), payment(1)];
    await issue(a!, ofA);
    await issue(b!, ofB);
    const [loser, winner] = [await validators.propose(0), await validators.propose(1)];
    await validators.accept(winner);
    await validators.reject(loser);
    expect(await validators.metrics(MEMPOOL)).toEqual([1, 1]);
    const next = await validators.propose(1);
    expect(txsOf(next.bytes)).toEqual(hexOf([ofA]));
    await validators.accept(next);
    expect(await validators.metrics(MEMPOOL)).toEqual([0, 0]);
    expect(validators.failures).toEqual([]);
  });
});

const gossipOf = (txs: readonly Uint8Array[]): Uint8Array =>
  encode(GossipMessage, {type: 'txs', value: {txs: [...txs]}});
const answerOf = (txs: readonly Uint8Array[]): Uint8Array =>
  encode(PeerAnswer, {type: 'pullTxs', value: {txs: [...txs]}});

const GOOD = payment(7);
const ELSEWHERE = {networkId: 1337, chainId: toChainId(new Uint8Array(32).fill(66))};
const OF_ANOTHER_CHAIN = payment(7, {chain: ELSEWHERE});

/** A transaction with another wrong signature each time. */
function forged(): Uint8Array {
  const tx = Uint8Array.from(GOOD);
  tx.set(randomBytes(16), tx.length - 100);
  return tx;
}
const lies = (): Uint8Array[] => [...Array.from({length: 40}, forged), OF_ANOTHER_CHAIN];

/** Costs most: every id of the mempool is looked for, and half of them seem to be missing. */
const QUESTION = encode(PeerRequest, {
  type: 'pullTxs',
  value: {salt: toFilterSalt(randomBytes(16)), bits: new Uint8Array(32_768).fill(0xfe)},
});
const NONSENSE: readonly (() => Uint8Array)[] = [
  () => new Uint8Array(),
  () => new Uint8Array(1_900_000),
  () => randomBytes(1_000_000),
  () => QUESTION,
  () => answerOf(lies()),
  () => answerOf(lies()).subarray(0, 5000),
];
const nonsense = (n: number): Uint8Array => NONSENSE[n % NONSENSE.length]?.() ?? QUESTION;

/** Talks to all without a pause until it is told to stop. */
async function flood(hostile: HostilePeer, {hosts, network}: Validators, isOver: () => boolean) {
  for (let n = 0; !isOver(); n++) {
    for (let k = 0; k < 5; k++) {
      hostile.gossip(gossipOf(lies()));
      hostile.gossip(gossipOf(Array.from({length: 300}, () => randomBytes(4))));
      // What is known already, over and over.
      hostile.gossip(gossipOf([payments[0], payments[1]]));
      hostile.gossip(nonsense(n + k));
      for (const {nodeId} of hosts) {
        for (let q = 0; q < 4; q++) hostile.request(nodeId, q === 0 ? nonsense(n) : QUESTION);
      }
    }
    // Answers that no node would let through.
    const unasked = {nodeId: hostile.nodeId, requestId: n, response: answerOf(payments)};
    for (const {vm} of hosts) await vm.call('AppResponse', unasked);
    await network.idle();
  }
}
const payments = [payment(0), payment(1)] as const;

describe('a hostile peer', () => {
  it('costs itself only: what is good spreads, what it says is dropped, blocks go on', async () => {
    const hostile = new HostilePeer(new Uint8Array(20).fill(0xee), nonsense);
    const validators = await start({
      count: 2,
      others: [hostile],
      // Between the honest ones nothing arrives by push.
      isLost: (from, {kind}) => kind === 'gossip' && from !== hostile,
    });
    const [a, b] = validators.hosts;
    let isOver = false;
    const flooding = flood(hostile, validators, () => isOver);
    const blockMs: number[] = [];
    for (let height = 1; height <= 3; height++) {
      const nonce = BigInt(height - 1);
      await issue(a!, payment(2, {nonce}));
      await issue(b!, payment(3, {nonce}));
      const isThere = async (size: number): Promise<boolean> =>
        (await validators.metrics(MEMPOOL)).every((found) => found >= size);
      // The flood brings two good ones as well: those that it repeats.
      await waitFor(() => isThere(height === 1 ? 4 : 2), 60_000);
      const start = performance.now();
      const block = await validators.propose(height % 2);
      await validators.accept(block);
      blockMs.push(performance.now() - start);
      expect(decode(Block, block.bytes).txs).toHaveLength(height === 1 ? 4 : 2);
    }
    // Whom a node asks is drawn: the hostile one sooner or later.
    for (const name of [
      'session_peer_txs_over_budget_total',
      'session_peer_requests_refused_total',
      'session_peer_requests_failed_total',
      'session_peer_answers_unasked_total',
    ]) {
      await waitFor(async () => Math.min(...(await validators.metrics(name))) > 0, 60_000);
    }
    isOver = true;
    await flooding;
    expect(await validators.metrics('session_height')).toEqual([3, 3]);
    expect(await validators.metrics(MEMPOOL)).toEqual([0, 0]);
    const [admitted] = await validators.metrics('session_peer_txs_admitted_total');
    expect(admitted).toBeLessThanOrEqual(8);
    const memory = await validators.metrics('process_resident_memory_bytes');
    expect(Math.max(...memory)).toBeLessThan(600_000_000);
    // The flood shares two cores with those whom it floods.
    expect(Math.min(...blockMs)).toBeLessThan(5000);
    expect(validators.failures).toEqual([]);
  });
});
