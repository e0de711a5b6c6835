import {Frame} from '../protocol/overlay/frame.ts';
import {toRemoteError} from './error-frame.ts';
import {NetworkError} from './errors.ts';
import type {FrameStream} from './frame-stream.ts';

const MAX_ID = 0xffffffff;

type Pending = PromiseWithResolvers<Uint8Array>;

/** The caller's end of one stream: many requests, told apart by their numbers. */
export class CalledStream {
  readonly #frames: FrameStream;
  readonly #peerId: string;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;

  constructor(frames: FrameStream, peerId: string) {
    this.#frames = frames;
    this.#peerId = peerId;
  }

  get isOpen(): boolean {
    return this.#frames.isOpen;
  }

  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  /** Takes answers until the stream ends; then whoever still waits fails. Never rejects. */
  async run(): Promise<void> {
    try {
      for (;;) this.#take(await this.#frames.read(Frame));
    } catch (error) {
      const isBad = error instanceof NetworkError && error.code === 'NETWORK_BAD_FRAME';
      this.end(
        new NetworkError(
          isBad ? 'NETWORK_BAD_ANSWER' : 'NETWORK_CLOSED',
          {
            peerId: this.#peerId,
          },
          {cause: error},
        ),
      );
    }
  }

  #take(frame: Frame): void {
    if (frame.type !== 'answer' && frame.type !== 'error') {
      throw new NetworkError('NETWORK_BAD_FRAME', {problem: `${frame.type} to a caller`});
    }
    const pending = this.#pending.get(frame.value.id);
    // One that was given up: the answer crossed the cancel.
    if (pending === undefined) return;
    this.#pending.delete(frame.value.id);
    if (frame.type === 'answer') pending.resolve(frame.value.body);
    else pending.reject(toRemoteError(this.#peerId, frame.value));
  }

  /** Sends the body; the answer's, or the reason of `signal` and a cancel to the server. */
  async request(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const id = this.#newId();
    const pending = Promise.withResolvers<Uint8Array>();
    this.#pending.set(id, pending);
    const onAbort = (): void => {
      this.#pending.delete(id);
      pending.reject(signal.reason);
      this.#cancel(id);
    };
    signal.addEventListener('abort', onAbort, {once: true});
    try {
      // An answer may overtake the end of the write, and an abort must not wait for it.
      const written = this.#frames.write(Frame, {type: 'request', value: {id, body}});
      written.catch((error) => pending.reject(error));
      return await pending.promise;
    } finally {
      this.#pending.delete(id);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #newId(): number {
    do {
      this.#nextId = this.#nextId === MAX_ID ? 0 : this.#nextId + 1;
    } while (this.#pending.has(this.#nextId));
    return this.#nextId;
  }

  #cancel(id: number): void {
    if (!this.isOpen) return;
    // A stream that does not take it ends, and the request with it.
    this.#frames.write(Frame, {type: 'cancel', value: {id}}).catch(() => undefined);
  }

  /** Ends the stream; requests that wait fail with the error. */
  end(error: NetworkError): void {
    if (this.#frames.isOpen) this.#frames.abort(error);
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  close(): Promise<void> {
    return this.#frames.close();
  }
}
