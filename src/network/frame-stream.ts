import type {Stream} from '@libp2p/interface';
import {type ByteStream, byteStream} from '@libp2p/utils';
import {concatBytes} from '../protocol/bytes.ts';
import {type Codec, decode, encode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {NetworkError} from './errors.ts';

/** Three bytes hold lengths below 2 MiB: more than any frame has. */
const MAX_LENGTH_BYTES = 3;
/** What a stream holds of frames not yet read, in bytes: a window of the muxer and one frame. */
const READ_BUFFER_BYTES = 8 * 1_048_576;
/** A peer that takes less than this in the time of one write is not reading. */
const LEAST_PROGRESS_BYTES = 65_536;

export type FrameStreamInit = {
  /** Longest frame that is read, in bytes without its length. */
  readonly maxBytes: number;
  readonly writeTimeoutMs: number;
};

function lengthPrefix(length: number): Uint8Array {
  const bytes: number[] = [];
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

const isOpen = ({status}: Stream): boolean => status === 'open';

/** Length-prefixed values over one libp2p stream, bounded in size both ways and in time when writing. */
export class FrameStream {
  readonly #stream: Stream;
  readonly #bytes: ByteStream<Stream>;
  readonly #init: FrameStreamInit;
  #written = 0;
  #takenBefore = 0;
  #blocked: PromiseWithResolvers<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stream: Stream, init: FrameStreamInit) {
    this.#stream = stream;
    this.#init = init;
    this.#bytes = byteStream(stream, {maxBufferSize: READ_BUFFER_BYTES});
    // libp2p's own listener puts its sending off by one microtask: look after it.
    stream.addEventListener('drain', () => queueMicrotask(() => this.#onDrain()));
    stream.addEventListener('close', () => this.#onClose());
  }

  get isOpen(): boolean {
    return isOpen(this.#stream);
  }

  /**
   * The next value.
   * @throws NetworkError NETWORK_BAD_FRAME for other bytes, NETWORK_CLOSED at the end.
   */
  async read<T>(codec: Codec<T>): Promise<T> {
    const length = await this.#readLength();
    if (length > this.#init.maxBytes) {
      throw new NetworkError('NETWORK_BAD_FRAME', {length, limit: this.#init.maxBytes});
    }
    const bytes = await this.#readBytes(length);
    try {
      return decode(codec, bytes);
    } catch (cause) {
      if (!(cause instanceof CodecError)) throw cause;
      throw new NetworkError('NETWORK_BAD_FRAME', {problem: cause.code}, {cause});
    }
  }

  // Not libp2p's lpStream: it never gives up on a length that does not end.
  async #readLength(): Promise<number> {
    let length = 0;
    for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
      const [byte = 0] = await this.#readBytes(1);
      length |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) return length;
    }
    throw new NetworkError('NETWORK_BAD_FRAME', {problem: 'length does not end'});
  }

  async #readBytes(count: number): Promise<Uint8Array> {
    if (count === 0) return new Uint8Array();
    try {
      return (await this.#bytes.read({bytes: count})).subarray();
    } catch (cause) {
      throw new NetworkError('NETWORK_CLOSED', {}, {cause});
    }
  }

  /**
   * Resolves once the other side's window has room again. A side that stops reading ends the stream.
   * @throws NetworkError NETWORK_CLOSED
   */
  async write<T>(codec: Codec<T>, value: T): Promise<void> {
    await this.writeEncoded(encode(codec, value));
  }

  async writeEncoded(bytes: Uint8Array): Promise<void> {
    const message = concatBytes(lengthPrefix(bytes.length), bytes);
    this.#written += message.length;
    try {
      if (this.#stream.send(message)) return;
    } catch (cause) {
      throw new NetworkError('NETWORK_CLOSED', {}, {cause});
    }
    if (!this.isOpen) throw new NetworkError('NETWORK_CLOSED');
    await this.#drained();
  }

  #drained(): Promise<void> {
    if (this.#blocked === undefined) {
      this.#blocked = Promise.withResolvers();
      // The writers wait for it; nobody else has to.
      this.#blocked.promise.catch(() => undefined);
      this.#watch();
    }
    return this.#blocked.promise;
  }

  get #taken(): number {
    return this.#written - this.#stream.writeBufferLength;
  }

  #watch(): void {
    this.#takenBefore = this.#taken;
    this.#timer = setTimeout(() => {
      if (this.#taken - this.#takenBefore >= LEAST_PROGRESS_BYTES) this.#watch();
      else
        this.abort(new NetworkError('NETWORK_TIMEOUT', {problem: 'the other side reads nothing'}));
    }, this.#init.writeTimeoutMs);
  }

  #onDrain(): void {
    if (this.#stream.writableNeedsDrain) return;
    clearTimeout(this.#timer);
    this.#blocked?.resolve();
    this.#blocked = undefined;
  }

  #onClose(): void {
    clearTimeout(this.#timer);
    this.#blocked?.reject(new NetworkError('NETWORK_CLOSED'));
    this.#blocked = undefined;
  }

  /** Takes nothing from the other side, which stops sending once its window is full. */
  pause(): void {
    if (this.isOpen && this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  resume(): void {
    if (this.#stream.readStatus === 'paused') this.#stream.resume();
  }

  abort(error: Error): void {
    this.#stream.abort(error);
  }

  /** Sends what is written and ends this side; at once, when the other does not take it. */
  async close(): Promise<void> {
    try {
      await this.#stream.close({signal: AbortSignal.timeout(this.#init.writeTimeoutMs)});
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
