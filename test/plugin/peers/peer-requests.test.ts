import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {PeerAnswer, PeerRequest} from '../../../src/plugin/peers/peer-codec.ts';
import {REQUEST_LIMITS} from '../../../src/plugin/peers/peer-requests.ts';
import {toFilterSalt} from '../../../src/plugin/peers/tx-filter.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';
import {nodeId, setUpRequests, VERSION} from './harness.ts';

const A = nodeId(2);
const B = nodeId(3);
const FILTER = {salt: toFilterSalt(new Uint8Array(16)), bits: new Uint8Array(8)};
const TXS = {txs: [Uint8Array.of(1, 2, 3)]};
const ANSWER = encode(PeerAnswer, {type: 'pullTxs', value: TXS});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const made = setUpRequests();
  for (const id of [A, B]) made.peers.connected(id, VERSION);
  const ask = (to = A, options = {}) => made.requests.ask(to, 'pullTxs', FILTER, options);
  /** Number of the n-th request that was sent. */
  const idOf = (n: number): number => {
    const message = made.messenger.sent[n];
    if (message?.kind !== 'request') throw new Error('no such request');
    return message.id;
  };
  return {...made, ask, idOf};
}
const coded = (code: string, details: object = {}) =>
  expect.objectContaining({code, details: expect.objectContaining(details)});

describe('PeerRequests', () => {
  it('sends what was asked and resolves with the answer of that node and number', async () => {
    const {messenger, requests, metrics, ask, idOf} = setUp();
    const asked = ask();
    const [sent] = messenger.sent;
    expect(sent).toMatchObject({kind: 'request', to: A});
    if (sent?.kind !== 'request') return;
    expect(decode(PeerRequest, sent.bytes)).toEqual({type: 'pullTxs', value: FILTER});
    requests.onResponse(B, idOf(0), ANSWER);
    requests.onResponse(A, idOf(0) + 1, ANSWER);
    expect(metrics.answersUnasked).toBe(2);
    requests.onResponse(A, idOf(0), ANSWER);
    expect(await asked).toEqual(TXS);
    requests.onResponse(A, idOf(0), ANSWER);
    expect(metrics).toMatchObject({answersUnasked: 3, requestsSent: 1, requestsFailed: 0});
    expect(requests.inFlight).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives each request of a node another number, also around the end of u32', async () => {
    const made = setUpRequests();
    made.world.random = 2 ** 32 - 2;
    const {requests, peers, messenger} = {...made};
    peers.connected(A, VERSION);
    const all = Array.from({length: 4}, () => requests.ask(A, 'pullTxs', FILTER));
    const ids = messenger.sent.map((message) => ('id' in message ? message.id : -1));
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) {
      expect(id).toBeGreaterThanOrEqual(0);
      expect(id).toBeLessThan(2 ** 32);
      requests.onResponse(A, id, ANSWER);
    }
    await Promise.all(all);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['a truncated one', ANSWER.subarray(0, ANSWER.length - 1)],
    ['one with a byte more', Uint8Array.of(...ANSWER, 0)],
    ['an unknown type', Uint8Array.of(0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0)],
    ['two megabytes', new Uint8Array(2_000_000)],
  ])('rejects an answer that is %s', async (_name, bytes) => {
    const {requests, peers, ask, idOf} = setUp();
    const asked = ask();
    requests.onResponse(A, idOf(0), bytes);
    await expect(asked).rejects.toEqual(coded('PEER_BAD_ANSWER'));
    expect(peers.pick()).toEqual(B);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects when the host gives up, the peer leaves, time passes, or the node takes nothing', async () => {
    const {requests, peers, messenger, metrics, ask, idOf} = setUp();
    const failed = expect(ask()).rejects.toEqual(coded('PEER_FAILED', {code: -1}));
    requests.onFailed(A, idOf(0), -1);
    await failed;
    const left = expect(ask()).rejects.toEqual(coded('PEER_DISCONNECTED'));
    const other = ask(B);
    peers.disconnected(A);
    requests.onDisconnected(A);
    await left;
    expect(requests.inFlight).toBe(1);
    requests.onResponse(B, idOf(2), ANSWER);
    await other;
    await expect(ask(A)).rejects.toEqual(coded('PEER_DISCONNECTED'));
    const late = expect(ask(B)).rejects.toEqual(coded('PEER_TIMEOUT'));
    await vi.advanceTimersByTimeAsync(REQUEST_LIMITS.timeoutMs);
    await late;
    messenger.takes = false;
    await expect(ask(B)).rejects.toEqual(coded('PEER_FAILED'));
    expect(metrics.requestsFailed).toBe(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be cancelled without blame for the peer', async () => {
    const {peers, requests, ask} = setUp();
    const abort = new AbortController();
    const asked = expect(ask(A, {signal: abort.signal})).rejects.toEqual(coded('PEER_CANCELLED'));
    abort.abort();
    await asked;
    await expect(ask(A, {signal: abort.signal})).rejects.toEqual(coded('PEER_CANCELLED'));
    expect(peers.pick()).toEqual(A);
    expect(requests.inFlight).toBe(0);
  });

  it('keeps no more open than the limits say', async () => {
    const {requests, peers, ask} = setUp();
    const open: Promise<unknown>[] = [];
    for (let n = 0; n < REQUEST_LIMITS.perPeer; n++) open.push(ask());
    expect(requests.hasRoomFor(A)).toBe(false);
    await expect(ask()).rejects.toEqual(coded('PEER_BUSY'));
    for (let n = 10; requests.inFlight < REQUEST_LIMITS.inFlight; n++) {
      peers.connected(nodeId(n), VERSION);
      for (let k = 0; k < REQUEST_LIMITS.perPeer; k++) open.push(ask(nodeId(n)));
    }
    await expect(ask(B)).rejects.toEqual(coded('PEER_BUSY'));
    const ended = Promise.allSettled(open);
    requests.close();
    for (const result of await ended) {
      expect(result).toMatchObject({status: 'rejected', reason: {code: 'PEER_STOPPED'}});
    }
    await expect(ask(B)).rejects.toEqual(coded('PEER_STOPPED'));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('ConnectedPeers', () => {
  it('never holds the own node, and each other one once', () => {
    const {peers} = setUp();
    let changes = 0;
    peers.onChange(() => changes++);
    peers.connected(nodeId(1), VERSION);
    expect(changes).toBe(0);
    peers.connected(A, {...VERSION, minor: 7});
    expect(peers.size).toBe(2);
    expect(peers.versionOf(A)?.minor).toBe(7);
    peers.disconnected(nodeId(9));
    expect(changes).toBe(1);
    peers.disconnected(A);
    expect([peers.size, changes, peers.has(A)]).toEqual([1, 2, false]);
  });

  it('prefers those that do not rest, and rests longer after each failure, also across a reconnection', () => {
    const {peers, world} = setUp();
    const restOf = (): bigint => {
      const start = world.nowMs;
      peers.failed(A);
      while (peers.pick((id) => id !== undefined)?.[0] !== A[0]) world.nowMs += 1000n;
      return world.nowMs - start;
    };
    world.random = 0;
    expect([restOf(), restOf(), restOf()]).toEqual([5000n, 10_000n, 20_000n]);
    for (let n = 0; n < 40; n++) peers.failed(A);
    peers.connected(A, VERSION);
    expect(peers.pick()).toEqual(B);
    world.nowMs += 600_000n;
    expect(peers.pick()).toEqual(A);
    peers.failed(A);
    peers.succeeded(A);
    expect(peers.pick()).toEqual(A);
  });

  it('picks one that rests when there is no other', () => {
    const {peers} = setUp();
    peers.failed(A);
    peers.disconnected(B);
    expect(peers.pick()).toEqual(A);
    expect(peers.pick(() => false)).toBeUndefined();
  });
});
