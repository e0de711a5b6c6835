import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {ByteBudget} from '../../src/network/byte-budget.ts';
import {FrameStream} from '../../src/network/frame-stream.ts';
import {DEFAULT_LIMITS} from '../../src/network/limits.ts';
import type {Handler} from '../../src/network/overlay.ts';
import {RateLimiter} from '../../src/network/rate-limiter.ts';
import {ServedStream} from '../../src/network/served-stream.ts';
import {encode} from '../../src/protocol/codec.ts';
import {Frame} from '../../src/protocol/overlay/frame.ts';
import {FakeStream} from './fake-stream.ts';
import {ECHO} from './network.ts';
import {requestFrame} from './raw-peer.ts';

const limits = {...DEFAULT_LIMITS, requestsPerStream: 2};

const budget = (): ByteBudget => new ByteBudget({perPeer: 1_000_000, inAll: 1_000_000});

function serve(handler: Handler<Uint8Array, Uint8Array>) {
  const stream = new FakeStream();
  const frames = new FrameStream(stream.asStream, {
    maxBytes: Frame.maxSize,
    limits,
    peerId: 'peer',
    unread: budget(),
  });
  const discard = vi.spyOn(frames, 'discard');
  const served = new ServedStream({
    protocol: ECHO,
    handler,
    frames,
    remotePeerId: 'peer',
    introduce: async () => undefined,
    limiter: new RateLimiter(limits, Date.now),
    unsent: budget(),
    limits,
    ports: {nowMs: Date.now, onError: (_, error) => expect.fail(String(error))},
  });
  return {stream, discard, ended: served.run()};
}

const request = (id: number): Uint8Array =>
  requestFrame(id, encode(ECHO.request, new Uint8Array()));

describe('a served stream that ends', () => {
  beforeEach(() => {
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('leaves no timer and no byte behind, though its handler is done only later', async () => {
    const [begun, work] = [Promise.withResolvers<void>(), Promise.withResolvers<Uint8Array>()];
    const {stream, discard, ended} = serve(() => {
      begun.resolve();
      return work.promise;
    });
    stream.arrive(request(1));
    await begun.promise;
    stream.end();
    await ended;
    expect(discard).toHaveBeenCalled();
    work.resolve(new Uint8Array());
    // Every step of the request that is left runs before the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells its handlers so, though the next request waits for a place', async () => {
    const signals: AbortSignal[] = [];
    const isTwo = Promise.withResolvers<void>();
    const {stream, ended} = serve((_, {signal}) => {
      signals.push(signal);
      if (signals.length === 2) isTwo.resolve();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    for (const id of [1, 2, 3]) stream.arrive(request(id));
    await isTwo.promise;
    await new Promise((resolve) => setImmediate(resolve));
    stream.end();
    await ended;
    expect(signals.map(({aborted}) => aborted)).toEqual([true, true]);
  });
});
