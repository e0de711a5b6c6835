import {randomBytes, randomInt} from 'node:crypto';
import {GossipMessage} from '../../../../src/plugin/gossip-message.ts';
import type {AppRequestMsg} from '../../../../src/plugin/messages.ts';
import {PeerAnswer, PeerRequest} from '../../../../src/plugin/peers/peer-codec.ts';
import type {PeerMessenger} from '../../../../src/plugin/peers/peer-messenger.ts';
import {bytesToKey, type NodeId, toHash, toNodeId} from '../../../../src/protocol/bytes.ts';
import {encode} from '../../../../src/protocol/codec.ts';

const ROUND_MS = 200;
const GOSSIP_TARGETS = {validators: 16, peers: 16};
/** More requests of one round than the others answer in it. */
const REQUESTS_PER_ROUND = 5;

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const requestId = (): number => randomInt(0, 2 ** 32);

/** Leaves that are in no state. */
function madeUpLeaves(): Uint8Array {
  const leaves = Array.from({length: 100}, (_, n) => ({
    key: new Uint8Array(21).fill(n),
    value: new Uint8Array(100).fill(n),
  }));
  const value = {type: 'leaves', value: {leaves}} as const;
  return encode(PeerAnswer, {type: 'stateSubtree', value});
}

/** Transactions of no known form, in a batch of a good one. */
function badTxs(): Uint8Array {
  const txs = Array.from({length: 20}, () => random(4000));
  return encode(GossipMessage, {type: 'txs', value: {txs}});
}

/** A question that is well formed, about a state that nobody has, far below its leaves. */
function deepQuestion(): Uint8Array {
  const path = Array.from({length: 512}, (_, n) => n % 3 === 0);
  return encode(PeerRequest, {type: 'stateSubtree', value: {root: toHash(random(32)), path}});
}

const ANSWERS: readonly (() => Uint8Array | undefined)[] = [
  madeUpLeaves,
  () => undefined, // silence
  () => random(500),
  () => random(1_610_000), // above what an answer may have
  () => encode(PeerAnswer, {type: 'summaryBlock', value: {block: random(200)}}),
  () => encode(PeerAnswer, {type: 'pullTxs', value: {txs: [random(4000), random(10)]}}),
  () => encode(PeerAnswer, {type: 'stateSubtree', value: {type: 'unknown', value: {}}}),
  () => new Uint8Array(),
];

const GOSSIP: readonly (() => Uint8Array)[] = [() => random(300), badTxs, () => new Uint8Array()];

const REQUESTS: readonly (() => Uint8Array)[] = [
  deepQuestion,
  () => random(40),
  () => new Uint8Array(),
];

/** Above what a gossip and a request may have; more often the hostile node's own votes would be late. */
const OVERSIZED_EVERY = 25;
const oversizedGossip = (): Uint8Array => random(1_100_000);
const oversizedRequest = (): Uint8Array => random(70_000);

const pick = <T>(list: readonly (() => T)[], n: number): T => list[n % list.length]?.() as T;

/** All that a plugin can say to other nodes of its chain, said wrongly. */
export class Attack {
  #messenger: PeerMessenger | undefined;
  readonly #peers = new Map<string, NodeId>();
  #answered = 0;
  #rounds = 0;

  begin(messenger: PeerMessenger): void {
    this.#messenger = messenger;
    setInterval(() => this.#round(), ROUND_MS).unref();
  }

  meet(nodeId: NodeId): void {
    this.#peers.set(bytesToKey(nodeId), nodeId);
  }

  miss(nodeId: NodeId): void {
    this.#peers.delete(bytesToKey(nodeId));
  }

  /** Another wrong answer each time; now and then two, and one to a question that nobody asked. */
  answer({nodeId, requestId: id}: AppRequestMsg): void {
    const peer = toNodeId(nodeId);
    const answer = pick(ANSWERS, this.#answered++);
    if (answer === undefined) return;
    void this.#messenger?.sendResponse(peer, id, answer);
    void this.#messenger?.sendResponse(peer, id, answer);
    void this.#messenger?.sendResponse(peer, requestId(), random(100));
  }

  #round(): void {
    const n = this.#rounds++;
    const isOversized = n % OVERSIZED_EVERY === 0;
    const gossip = isOversized ? oversizedGossip() : pick(GOSSIP, n);
    void this.#messenger?.sendGossip(gossip, GOSSIP_TARGETS);
    for (const peer of this.#peers.values()) {
      if (isOversized) void this.#messenger?.sendRequest(peer, requestId(), oversizedRequest());
      for (let i = 0; i < REQUESTS_PER_ROUND; i++) {
        void this.#messenger?.sendRequest(peer, requestId(), pick(REQUESTS, n + i));
      }
    }
  }
}
