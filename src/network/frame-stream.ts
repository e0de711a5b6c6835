import type {Stream} from '@libp2p/interface';
import {concatBytes} from '../protocol/bytes.ts';
import {type Codec, decodeKept, encode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import type {ByteBudget} from './byte-budget.ts';
import {NetworkError} from './errors.ts';
import {FrameReader, lengthPrefix, MAX_LENGTH_BYTES} from './frame-reader.ts';
import type {NetworkLimits} from './limits.ts';
import {ProgressWatch} from './progress-watch.ts';

export type FrameStreamInit = {
  /** Longest frame that is read, in bytes without its length. */
  readonly maxBytes: number;
  readonly limits: Pick<NetworkLimits, 'writeTimeoutMs' | 'frameTimeoutMs'>;
  readonly peerId: string;
  /** Of the bytes that arrive and are not read yet; a stream that gets more of them ends. */
  readonly unread: ByteBudget;
};

const stalled = (problem: string): NetworkError => new NetworkError('NETWORK_TIMEOUT', {problem});

/** Length-prefixed values over one libp2p stream, bounded in size and in time both ways. */
export class FrameStream {
  readonly #stream: Stream;
  readonly #reader: FrameReader;
  readonly #init: FrameStreamInit;
  readonly #reading: ProgressWatch;
  readonly #writing: ProgressWatch;
  #wake: PromiseWithResolvers<void> | undefined;
  /** What is written in one turn of the loop goes out together. */
  #batch: Uint8Array[] = [];
  #flushed: PromiseWithResolvers<void> | undefined;
  #blocked: PromiseWithResolvers<void> | undefined;
  #sent = 0;
  #arrived = 0;
  #isResuming = false;
  #isDiscarded = false;
  /** Told when neither side can send any more. */
  onClosed: (() => void) | undefined;

  constructor(stream: Stream, init: FrameStreamInit) {
    this.#stream = stream;
    this.#init = init;
    this.#reader = new FrameReader(init.maxBytes);
    const {frameTimeoutMs, writeTimeoutMs} = init.limits;
    this.#reading = new ProgressWatch({
      intervalMs: frameTimeoutMs,
      bytes: () => this.#arrived,
      onStall: () => this.abort(stalled('a frame that does not end')),
    });
    this.#writing = new ProgressWatch({
      intervalMs: writeTimeoutMs,
      bytes: () => this.#sent - stream.writeBufferLength,
      onStall: () => this.abort(stalled('the other side does not read')),
    });
    stream.addEventListener('message', ({data}) => this.#onMessage(data.subarray()));
    stream.addEventListener('end', () => this.#wake?.resolve());
    // libp2p's own listener puts its sending off by one microtask: look after it.
    stream.addEventListener('drain', () => queueMicrotask(() => this.#onDrain()));
    stream.addEventListener('close', () => this.#onClose());
  }

  get isOpen(): boolean {
    return this.#stream.status === 'open';
  }

  /** Whether the other side has yet to take what was written before. */
  get isBlocked(): boolean {
    return this.#blocked !== undefined;
  }

  #onMessage(piece: Uint8Array): void {
    if (this.#isDiscarded) return;
    const {peerId, unread} = this.#init;
    if (!unread.reserve(peerId, piece.length)) {
      this.abort(new NetworkError('NETWORK_BUSY', {problem: 'too much unread'}));
      return;
    }
    this.#arrived += piece.length;
    this.#reader.push(piece);
    this.#holdBack();
    this.#wake?.resolve();
  }

  get #isFull(): boolean {
    return this.#reader.size > this.#init.maxBytes + MAX_LENGTH_BYTES;
  }

  /** While more than a whole frame is unread, the other side stops sending once its window is full. */
  #holdBack(): void {
    const {readStatus} = this.#stream;
    if (this.#isResuming) return;
    if (this.#isFull && this.isOpen && readStatus === 'readable') this.#stream.pause();
    if (!this.#isFull && readStatus === 'paused') this.#resume();
  }

  /** The stream hands over what it has, and only then opens its window: a pause within is lost. */
  #resume(): void {
    this.#isResuming = true;
    this.#stream.resume();
    this.#isResuming = false;
    this.#holdBack();
  }

  #next(): Uint8Array | undefined {
    const before = this.#reader.size;
    const bytes = this.#reader.next();
    this.#release(before - this.#reader.size);
    this.#holdBack();
    return bytes;
  }

  #release(bytes: number): void {
    const {peerId, unread} = this.#init;
    if (bytes > 0) unread.release(peerId, bytes);
  }

  get #isEnded(): boolean {
    const {readableEnded, status, readBufferLength} = this.#stream;
    return readableEnded || (status !== 'open' && status !== 'closing' && readBufferLength === 0);
  }

  /**
   * The next value, whose long parts are views of the frame it came in. One reader at a time.
   * @throws NetworkError NETWORK_BAD_FRAME for other bytes, NETWORK_CLOSED at the end.
   */
  async read<T>(codec: Codec<T>): Promise<T> {
    let bytes = this.#next();
    while (bytes === undefined) {
      if (this.#isEnded) throw new NetworkError('NETWORK_CLOSED');
      if (this.#reader.size > 0) this.#reading.start();
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
      bytes = this.#next();
    }
    this.#reading.stop();
    try {
      return decodeKept(codec, bytes);
    } catch (cause) {
      if (!(cause instanceof CodecError)) throw cause;
      throw new NetworkError('NETWORK_BAD_FRAME', {problem: cause.code}, {cause});
    }
  }

  /**
   * Resolves once the other side's window has room again. A side that stops reading ends the stream.
   * @throws NetworkError NETWORK_CLOSED
   */
  write<T>(codec: Codec<T>, value: T): Promise<void> {
    return this.writeEncoded(encode(codec, value));
  }

  writeEncoded(bytes: Uint8Array): Promise<void> {
    this.#batch.push(lengthPrefix(bytes.length), bytes);
    if (this.#flushed === undefined) {
      this.#flushed = Promise.withResolvers();
      // PERF: one packet and one system call for all answers of this turn.
      setImmediate(() => this.#flush());
    }
    return this.#flushed.promise;
  }

  #flush(): void {
    const message = concatBytes(...this.#batch);
    const flushed = this.#flushed;
    this.#batch = [];
    this.#flushed = undefined;
    this.#sent += message.length;
    try {
      if (this.#stream.send(message)) flushed?.resolve();
      else if (this.isOpen) flushed?.resolve(this.#drained());
      else flushed?.reject(new NetworkError('NETWORK_CLOSED'));
    } catch (cause) {
      flushed?.reject(new NetworkError('NETWORK_CLOSED', {}, {cause}));
    }
  }

  #drained(): Promise<void> {
    if (this.#blocked === undefined) {
      this.#blocked = Promise.withResolvers();
      this.#writing.start();
    }
    return this.#blocked.promise;
  }

  #onDrain(): void {
    if (this.#stream.writableNeedsDrain) return;
    this.#writing.stop();
    this.#blocked?.resolve();
    this.#blocked = undefined;
  }

  #onClose(): void {
    this.#reading.stop();
    this.#writing.stop();
    this.#blocked?.reject(new NetworkError('NETWORK_CLOSED'));
    this.#blocked = undefined;
    this.#wake?.resolve();
    this.onClosed?.();
  }

  /** Nobody reads any more: what has arrived is let go. */
  discard(): void {
    this.#isDiscarded = true;
    this.#release(this.#reader.size);
    this.#reader.clear();
  }

  abort(error: Error): void {
    this.#stream.abort(error);
  }

  /** Sends what is written and ends this side; at once, when the other does not take it. */
  async close(): Promise<void> {
    try {
      await this.#flushed?.promise;
      await this.#stream.close({signal: AbortSignal.timeout(this.#init.limits.writeTimeoutMs)});
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
