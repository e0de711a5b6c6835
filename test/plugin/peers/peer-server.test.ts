import {describe, expect, it} from 'vitest';
import {PeerAnswer, PeerRequest} from '../../../src/plugin/peers/peer-codec.ts';
import {PeerMetrics} from '../../../src/plugin/peers/peer-metrics.ts';
import {
  PEER_REFUSAL,
  type PeerHandlers,
  PeerServer,
  SERVER_LIMITS,
} from '../../../src/plugin/peers/peer-server.ts';
import {toFilterSalt} from '../../../src/plugin/peers/tx-filter.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';
import {nodeId, RecordingMessenger} from './harness.ts';

const A = nodeId(2);
const B = nodeId(3);
const value = {salt: toFilterSalt(new Uint8Array(16)), bits: new Uint8Array(8)};
const REQUEST = encode(PeerRequest, {type: 'pullTxs', value});
const TXS = {txs: [Uint8Array.of(7)]};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(handlers: PeerHandlers = {pullTxs: () => TXS}) {
  const world = {nowMs: 1_000_000n, monotonicMs: 0n};
  const messenger = new RecordingMessenger();
  const metrics = new PeerMetrics();
  const internal: unknown[] = [];
  const server = new PeerServer({
    messenger,
    handlers,
    metrics,
    now: () => world.nowMs,
    monotonicMs: () => world.monotonicMs,
    reportInternalError: (error) => internal.push(error),
  });
  let requestId = 0;
  const ask = (request = REQUEST, from: Uint8Array = A, deadline = world.nowMs + 5000n): void => {
    server.take({nodeId: from, requestId: requestId++, deadline, request});
  };
  const errors = () =>
    messenger.sent.flatMap((sent) => (sent.kind === 'error' ? [sent.error] : []));
  return {world, messenger, metrics, internal, ask, errors};
}

describe('PeerServer', () => {
  it('answers each request once, with its number', async () => {
    const {messenger, metrics, ask} = setUp();
    for (let n = 0; n < 3; n++) ask();
    await settled();
    expect(messenger.sent).toMatchObject([0, 1, 2].map((id) => ({kind: 'response', to: A, id})));
    const [first] = messenger.sent;
    if (first?.kind !== 'response') throw new Error('no answer');
    expect(decode(PeerAnswer, first.bytes)).toEqual({type: 'pullTxs', value: TXS});
    expect(metrics.requestsServed).toBe(3);
  });

  it('answers nothing past the deadline, before or after the work, and no node without an id', async () => {
    const late = setUp({
      pullTxs: () => {
        late.world.nowMs += 6000n;
        return TXS;
      },
    });
    late.ask(REQUEST, A, late.world.nowMs);
    late.ask(REQUEST, new Uint8Array(19));
    late.ask();
    await settled();
    expect(late.messenger.sent).toEqual([]);
    expect(late.metrics.requestsServed).toBe(1);
  });

  it('says what is wrong with bytes, with a question that nobody answers, and when there is nothing', async () => {
    const {ask, errors} = setUp({});
    const bytes = [
      new Uint8Array(),
      REQUEST.subarray(1),
      Uint8Array.of(...REQUEST, 0),
      new Uint8Array(100_000),
    ];
    for (const request of bytes) ask(request);
    ask();
    await settled();
    const {malformed, unregistered, nothing} = PEER_REFUSAL;
    expect(errors()).toEqual([...bytes.map(() => malformed), unregistered].sort(byCode));
    const empty = setUp({pullTxs: () => undefined});
    empty.ask();
    await settled();
    expect(empty.errors()).toEqual([nothing]);
  });

  it('reports a handler that fails and tells the peer no more than that', async () => {
    const {ask, errors, internal} = setUp({
      pullTxs: () => {
        throw new Error('secret');
      },
    });
    ask();
    await settled();
    expect(errors()).toEqual([PEER_REFUSAL.internal]);
    expect(internal).toHaveLength(1);
  });

  it('lets a flood cost its sender only', async () => {
    const {world, messenger, metrics, ask, errors} = setUp();
    for (let n = 0; n < 1000; n++) {
      ask();
      if (n % 4 === 0) await settled();
    }
    await settled();
    expect(metrics.requestsServed).toBeLessThanOrEqual(64);
    expect(errors()[0]).toEqual(PEER_REFUSAL.throttled);
    ask(REQUEST, B);
    await settled();
    expect(messenger.sent.at(-1)).toMatchObject({kind: 'response', to: B});
    // Somebody sets the clock: that is no time that has passed.
    world.nowMs += 86_400_000n;
    ask();
    await settled();
    expect(messenger.sent.at(-1)).toMatchObject({kind: 'error', to: A});
    world.monotonicMs += 1000n;
    ask();
    await settled();
    expect(messenger.sent.at(-1)).toMatchObject({kind: 'response', to: A});
  });

  it('works on a few questions of a peer at a time', async () => {
    const gate = Promise.withResolvers<void>();
    let working = 0;
    const {ask, errors, messenger} = setUp({
      pullTxs: async () => {
        working += 1;
        await gate.promise;
        return TXS;
      },
    });
    for (let n = 0; n < 10; n++) ask();
    ask(REQUEST, B);
    await settled();
    expect(working).toBe(SERVER_LIMITS.perPeer + 1);
    expect(errors()).toHaveLength(10 - SERVER_LIMITS.perPeer);
    gate.resolve();
    await settled();
    expect(messenger.sent.filter(({kind}) => kind === 'response')).toHaveLength(5);
    ask();
    await settled();
    expect(messenger.sent.at(-1)).toMatchObject({kind: 'response', to: A});
  });

  it('sends a peer only so many bytes', async () => {
    const big = {txs: Array.from({length: 20}, () => new Uint8Array(50_000))};
    const {world, ask, metrics, messenger} = setUp({pullTxs: () => big});
    for (let n = 0; n < 60; n++) {
      ask();
      await settled();
    }
    expect(metrics.requestsServed).toBeLessThan(55);
    expect(metrics.requestsServed).toBeGreaterThan(45);
    ask(REQUEST, B);
    await settled();
    expect(messenger.sent.at(-1)).toMatchObject({kind: 'response', to: B});
    // Somebody sets the clock: that is no time that has passed.
    world.nowMs += 86_400_000n;
    ask();
    await settled();
    expect(messenger.sent.at(-1)).toMatchObject({kind: 'error', to: A});
    world.monotonicMs += 1000n;
    ask();
    await settled();
    expect(messenger.sent.at(-1)).toMatchObject({kind: 'response', to: A});
  });
});

const byCode = (a: {readonly code: number}, b: {readonly code: number}): number => b.code - a.code;
