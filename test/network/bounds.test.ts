import {multiaddr} from '@multiformats/multiaddr';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {BoundedDatastore} from '../../src/network/bounded-datastore.ts';
import {ByteBudget} from '../../src/network/byte-budget.ts';
import {ConnectionReaper} from '../../src/network/connection-reaper.ts';
import {FrameReader, lengthPrefix} from '../../src/network/frame-reader.ts';
import {KeyLookups} from '../../src/network/key-lookups.ts';
import {RateLimiter} from '../../src/network/rate-limiter.ts';
import {Slots} from '../../src/network/slots.ts';
import {concatBytes} from '../../src/protocol/bytes.ts';
import {bootstrapOf, createNode, ECHO, echo, Network, Registry} from './network.ts';
import {RawPeer} from './raw-peer.ts';

describe('RateLimiter', () => {
  const rates = {rateBurst: 3, ratePerSecond: 10, memberRateBurst: 50, memberRatePerSecond: 1000};

  it('gives a burst, then as many as the time brings', () => {
    let nowMs = 1000;
    const limiter = new RateLimiter(rates, () => nowMs);
    expect([1, 2, 3].map(() => limiter.spend('a'))).toEqual([0, 0, 0]);
    expect(limiter.spend('a')).toBe(100);
    expect(limiter.spend('b')).toBe(0);
    nowMs += 100;
    expect([limiter.spend('a'), limiter.spend('a')]).toEqual([0, 100]);
    // A clock that goes back takes nothing away.
    nowMs -= 5000;
    expect(limiter.spend('a')).toBe(100);
  });

  it('gives more to a registered node', () => {
    const limiter = new RateLimiter(rates, () => 0);
    for (let i = 0; i < 4; i++) limiter.spend('a');
    limiter.promote('a');
    const spent = Array.from({length: 51}, () => limiter.spend('a'));
    expect(spent.filter((ms) => ms === 0)).toHaveLength(50);
    // Introducing itself again refills nothing.
    limiter.promote('a');
    expect(limiter.spend('a')).toBe(1);
  });
});

describe('KeyLookups', () => {
  it('of nodes not known to be registered are bounded, those of others are not', async () => {
    const [known, unknown] = [createNode(), createNode()];
    const keys = new Registry();
    keys.add(known);
    let nowMs = 0;
    const lookups = new KeyLookups({keys, rate: {burst: 2, perSecond: 1}, nowMs: () => nowMs});
    expect(await lookups.signingKeyOf(known.nodeId)).toBe(known.signer.publicKey);
    expect(await lookups.signingKeyOf(unknown.nodeId)).toBeUndefined();
    await expect(lookups.signingKeyOf(unknown.nodeId)).rejects.toEqual(
      expect.objectContaining({code: 'NETWORK_BUSY'}),
    );
    expect(await lookups.signingKeyOf(known.nodeId)).toBe(known.signer.publicKey);
    nowMs += 1000;
    expect(await lookups.signingKeyOf(unknown.nodeId)).toBeUndefined();
  });
});

describe('Slots', () => {
  it('serve in order; who gives up makes room', async () => {
    const slots = new Slots(1, 2);
    await slots.acquire();
    const controller = new AbortController();
    const order: string[] = [];
    const first = slots.acquire(controller.signal).then(() => order.push('first'));
    const second = slots.acquire().then(() => order.push('second'));
    await expect(slots.acquire()).rejects.toEqual(expect.objectContaining({code: 'NETWORK_BUSY'}));
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    slots.release();
    await second;
    expect(order).toEqual(['second']);
    slots.release();
    await slots.acquire();
  });
});

describe('ByteBudget', () => {
  it('bounds each peer and all together', () => {
    const budget = new ByteBudget({perPeer: 10, inAll: 15});
    expect([budget.reserve('a', 10), budget.reserve('a', 1)]).toEqual([true, false]);
    expect([budget.reserve('b', 6), budget.reserve('b', 5)]).toEqual([false, true]);
    budget.release('a', 10);
    expect(budget.reserve('b', 5)).toBe(true);
  });
});

describe('FrameReader', () => {
  it('puts frames together however they are cut', () => {
    const frames = [0, 1, 127, 128, 20_000].map((size) => new Uint8Array(size).fill(size % 251));
    const bytes = concatBytes(...frames.flatMap((frame) => [lengthPrefix(frame.length), frame]));
    for (const step of [1, 2, 3, 7, 1000, bytes.length]) {
      const reader = new FrameReader(20_000);
      const found: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        reader.push(bytes.subarray(at, at + step));
        for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
          found.push(frame);
        }
      }
      expect(found.map(({length}) => length)).toEqual(frames.map(({length}) => length));
      expect(found).toEqual(frames);
      expect(reader.size).toBe(0);
    }
  });

  it('keeps no more than twice a frame alive with it, and copies none that came alone', () => {
    const frame = new Uint8Array(100).fill(7);
    const bytes = concatBytes(lengthPrefix(frame.length), frame);
    const reader = new FrameReader(1000);
    reader.push(concatBytes(...Array.from({length: 500}, () => bytes)));
    for (let i = 0; i < 500; i++) {
      const found = reader.next();
      expect(found).toEqual(frame);
      expect(found?.buffer.byteLength).toBeLessThanOrEqual(2 * frame.length);
    }
    reader.push(bytes);
    expect(reader.next()?.buffer).toBe(bytes.buffer);
    expect(reader.size).toBe(0);
  });

  it('refuses a length above its limit before the frame is there', () => {
    const reader = new FrameReader(1000);
    reader.push(lengthPrefix(1001));
    expect(() => reader.next()).toThrow(expect.objectContaining({code: 'NETWORK_BAD_FRAME'}));
  });
});

describe('BoundedDatastore', () => {
  type Key = Parameters<BoundedDatastore['get']>[0];
  const key = (name: string): Key => ({toString: () => name}) as Key;

  it('forgets what was written longest ago, and never holds providers', () => {
    const store = new BoundedDatastore(2);
    for (const name of ['/peers/a', '/peers/b', '/dht/provider/x/y', '/peers/a', '/peers/c']) {
      store.put(key(name), new Uint8Array(1));
    }
    expect(store.size).toBe(2);
    expect(['/peers/a', '/peers/b', '/peers/c'].map((name) => store.has(key(name)))).toEqual([
      true,
      false,
      true,
    ]);
    expect(() => store.get(key('/peers/b'))).toThrow(
      expect.objectContaining({name: 'NotFoundError'}),
    );
    expect([...store.query({prefix: '/peers/', limit: 1})]).toHaveLength(1);
  });
});

describe('ConnectionReaper', () => {
  let network: Network;
  beforeEach(() => {
    network = new Network();
  });
  afterEach(() => network.stop());

  it('closes a connection that nobody uses, and none that has a stream', async () => {
    const [used, unused] = [await network.service(), await network.service()];
    await used.serve(ECHO, echo);
    const raw = await RawPeer.start();
    const {libp2p} = raw;
    await libp2p.dial(multiaddr(bootstrapOf(unused)));
    await raw.open(used, ECHO.name);
    const closed = new Promise<string>((resolve) =>
      libp2p.addEventListener('connection:close', ({detail}) =>
        resolve(detail.remotePeer.toString()),
      ),
    );
    const onError = (where: string, error: unknown): never => {
      throw new Error(where, {cause: error});
    };
    const reaper = new ConnectionReaper({libp2p, idleMs: 50, keep: 0, onError});
    expect(await closed).toBe(unused.peerId);
    expect(libp2p.getPeers().map(String)).toEqual([used.peerId]);
    reaper.stop();
    await libp2p.stop();
  });
});
