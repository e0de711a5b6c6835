import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {ByteBudget} from '../../src/network/byte-budget.ts';
import {lengthPrefix} from '../../src/network/frame-reader.ts';
import {FrameStream} from '../../src/network/frame-stream.ts';
import {DEFAULT_LIMITS} from '../../src/network/limits.ts';
import {concatBytes} from '../../src/protocol/bytes.ts';
import {encode} from '../../src/protocol/codec.ts';
import {Frame, MAX_BODY_BYTES} from '../../src/protocol/overlay/frame.ts';
import {FakeStream} from './fake-stream.ts';
import {requestFrame} from './raw-peer.ts';

const MIB = 1_048_576;
const {frameTimeoutMs} = DEFAULT_LIMITS;
const coded = (code: string) => expect.objectContaining({code});

function open(unread = new ByteBudget({perPeer: 8 * MIB, inAll: 8 * MIB}), peerId = 'a') {
  const stream = new FakeStream();
  const init = {maxBytes: Frame.maxSize, limits: DEFAULT_LIMITS, peerId, unread};
  return {stream, frames: new FrameStream(stream.asStream, init)};
}

const half = (frame: Uint8Array): Uint8Array => frame.subarray(0, frame.length - 1);

describe('bytes that were not read', () => {
  const large = requestFrame(1, new Uint8Array(MIB));

  it('are bounded over all streams of a peer: the one that brings more ends', () => {
    const unread = new ByteBudget({perPeer: 3 * MIB, inAll: 8 * MIB});
    const streams = Array.from({length: 3}, () => open(unread).stream);
    for (const stream of streams) stream.arrive(half(large));
    expect(streams.map(({error}) => error)).toEqual([undefined, undefined, coded('NETWORK_BUSY')]);
    expect(unread.reserve('b', 3 * MIB)).toBe(true);
  });

  it('are bounded over all peers', () => {
    const unread = new ByteBudget({perPeer: 8 * MIB, inAll: 2.5 * MIB});
    const streams = ['a', 'b', 'c'].map((peerId) => open(unread, peerId).stream);
    for (const stream of streams) stream.arrive(half(large));
    expect(streams.map(({status}) => status)).toEqual(['open', 'open', 'aborted']);
  });

  it('count no longer once they are read, or nobody reads them', async () => {
    const unread = new ByteBudget({perPeer: large.length, inAll: large.length});
    const [one, two] = [open(unread), open(unread)];
    one.stream.arrive(large);
    expect(unread.reserve('b', 1)).toBe(false);
    await one.frames.read(Frame);
    two.stream.arrive(half(large));
    two.frames.discard();
    two.stream.arrive(half(large));
    expect(unread.reserve('b', large.length)).toBe(true);
  });
});

describe('a frame that has begun', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends its stream when the rest of it does not come', async () => {
    const {stream, frames} = open();
    const read = expect(frames.read(Frame)).rejects.toEqual(coded('NETWORK_CLOSED'));
    await vi.advanceTimersByTimeAsync(10 * frameTimeoutMs);
    stream.arrive(half(requestFrame(1, new Uint8Array(100))));
    await vi.advanceTimersByTimeAsync(frameTimeoutMs - 1);
    expect(stream.status).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect(stream.error).toEqual(coded('NETWORK_TIMEOUT'));
    await read;
  });

  it('of any size is read as long as 64 KiB of it come in 10 s', async () => {
    const {stream, frames} = open();
    const frame = encode(Frame, {
      type: 'request',
      value: {id: 1, body: new Uint8Array(MAX_BODY_BYTES)},
    });
    const bytes = concatBytes(lengthPrefix(frame.length), frame);
    const read = frames.read(Frame);
    for (let at = 0; at < bytes.length; at += 65_536) {
      stream.arrive(bytes.subarray(at, at + 65_536));
      await vi.advanceTimersByTimeAsync(frameTimeoutMs - 1);
    }
    expect(await read).toMatchObject({type: 'request'});
    expect(vi.getTimerCount()).toBe(0);
    expect(stream.status).toBe('open');
  });
});
