import type {NodeId} from '../protocol/bytes.ts';
import {decodeKept, encode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {Frame} from '../protocol/overlay/frame.ts';
import type {ByteBudget} from './byte-budget.ts';
import {errorFrame, isRefusal} from './error-frame.ts';
import {NetworkError} from './errors.ts';
import type {FrameStream} from './frame-stream.ts';
import type {NetworkLimits} from './limits.ts';
import type {Handler} from './overlay.ts';
import type {NetworkPorts} from './overlay-init.ts';
import type {RateLimiter} from './rate-limiter.ts';
import type {RequestProtocol} from './request-protocol.ts';
import {ServedRequest} from './served-request.ts';
import {Slots} from './slots.ts';

/** A peer that was refused so much more often than served floods. */
const MAX_REFUSALS = 256;
/** Frames that came together, and are taken before others have their turn of the loop. */
const FRAMES_PER_TURN = 8;
/** Of an introduction: bytes that are none, and look-ups above the rate. */
const ENDS_STREAM = new Set<string>(['NETWORK_BAD_FRAME', 'NETWORK_BUSY']);
const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const EMPTY = new Uint8Array();

export type ServedStreamInit<Req, Res> = {
  readonly protocol: RequestProtocol<Req, Res>;
  readonly handler: Handler<Req, Res>;
  readonly frames: FrameStream;
  readonly remotePeerId: string;
  /** Checks who is there, where the protocol asks for it; a throw refuses every request. */
  readonly introduce: (frames: FrameStream) => Promise<NodeId | undefined>;
  readonly limiter: RateLimiter;
  readonly unsent: ByteBudget;
  readonly limits: NetworkLimits;
  readonly ports: NetworkPorts;
};

type Request = {readonly id: number; readonly body: Uint8Array};

/** The server's end of one stream: requests in, answers out in any order, all bounded. */
export class ServedStream<Req, Res> {
  readonly #init: ServedStreamInit<Req, Res>;
  readonly #running = new Map<number, ServedRequest>();
  readonly #slots: Slots;
  #nodeId: NodeId | undefined;
  #refusal: unknown;
  #refusals = 0;
  #isEnded = false;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(init: ServedStreamInit<Req, Res>) {
    this.#init = init;
    this.#slots = new Slots(init.limits.requestsPerStream, 1);
  }

  /** Serves until the stream ends. A frame that makes no sense ends this stream alone. */
  async run(): Promise<void> {
    const {frames} = this.#init;
    // The loop below may wait for a place, and handlers give theirs back when they hear of the end.
    frames.onClosed = () => this.#end();
    this.#restartIdle();
    try {
      await this.#meet();
      for (let taken = 1; ; taken++) {
        await this.#take(await frames.read(Frame));
        if (taken % FRAMES_PER_TURN === 0) await nextTurn();
      }
    } catch (error) {
      if (frames.isOpen) frames.abort(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#end();
    }
  }

  /** Handlers may be at work for longer: what nobody reads any more is not theirs to keep. */
  #end(): void {
    this.#isEnded = true;
    clearTimeout(this.#idle);
    this.#init.frames.discard();
    for (const served of this.#running.values()) {
      served.abort(new NetworkError('NETWORK_CLOSED'));
    }
  }

  async #meet(): Promise<void> {
    const {protocol, introduce, frames, limiter, remotePeerId} = this.#init;
    // A look-up or a signature's check is as much as a request; the caller comes again with another stream.
    const retryMs = protocol.introduces ? limiter.spend(remotePeerId) : 0;
    if (retryMs > 0) throw new NetworkError('NETWORK_RATE_LIMITED', {retryMs});
    try {
      this.#nodeId = await introduce(frames);
      if (this.#nodeId !== undefined) limiter.promote(remotePeerId);
    } catch (error) {
      if (error instanceof NetworkError && ENDS_STREAM.has(error.code)) throw error;
      if (!frames.isOpen) throw error;
      this.#refusal = isRefusal(error) ? error : this.#unknown(error);
    }
  }

  /** The registry does not answer: the caller comes again with another stream. */
  #unknown(error: unknown): NetworkError {
    this.#init.ports.onError('network.introduce', error);
    return new NetworkError('NETWORK_UNKNOWN_PEER', {problem: 'the registry cannot be asked'});
  }

  #restartIdle(): void {
    clearTimeout(this.#idle);
    if (this.#isEnded || this.#running.size > 0) return;
    const {frames, limits} = this.#init;
    this.#idle = setTimeout(() => {
      frames.abort(new NetworkError('NETWORK_CLOSED', {problem: 'idle'}));
    }, limits.idleMs * 2); // The caller closes an idle stream first.
  }

  async #take(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'request':
        return this.#request(frame.value);
      case 'cancel':
        this.#running.get(frame.value.id)?.abort(new NetworkError('NETWORK_CLOSED'));
        return undefined;
      case 'answer':
      case 'event':
      case 'error':
        throw new NetworkError('NETWORK_BAD_FRAME', {problem: `${frame.type} to a server`});
    }
  }

  async #request(request: Request): Promise<void> {
    const {limiter, remotePeerId} = this.#init;
    if (this.#running.has(request.id)) {
      throw new NetworkError('NETWORK_BAD_FRAME', {problem: 'number in use'});
    }
    const retryMs = limiter.spend(remotePeerId);
    if (retryMs > 0) {
      return this.#refuse(request.id, new NetworkError('NETWORK_RATE_LIMITED', {retryMs}));
    }
    if (this.#refusal !== undefined) return this.#refuse(request.id, this.#refusal);
    this.#refusals = Math.max(0, this.#refusals - 1);
    await this.#slots.acquire();
    if (this.#isEnded) throw new NetworkError('NETWORK_CLOSED');
    const served = new ServedRequest({remotePeerId, nodeId: this.#nodeId});
    this.#running.set(request.id, served);
    clearTimeout(this.#idle);
    // Never rejects: what fails in there is told to the other side, or to `onError`.
    void this.#run(request, served);
    return undefined;
  }

  /** A flood that reads nothing stops here: its refusals wait to be taken. */
  async #refuse(id: number, error: unknown): Promise<void> {
    this.#refusals += 1;
    if (this.#refusals > MAX_REFUSALS) throw new NetworkError('NETWORK_RATE_LIMITED');
    const {frames} = this.#init;
    const written = frames.write(Frame, errorFrame(id, error));
    if (frames.isBlocked) await written;
    // A stream that ends says so to the reader as well.
    else written.catch(() => undefined);
  }

  async #run(request: Request, served: ServedRequest): Promise<void> {
    const {timeoutMs} = this.#init.protocol;
    const timer = setTimeout(
      () => served.abort(new NetworkError('NETWORK_TIMEOUT', {timeoutMs})),
      timeoutMs,
    );
    try {
      const answers = this.#handle(request.body, served);
      if (answers instanceof Promise) {
        await this.#answer(request.id, answers, served);
      } else {
        clearTimeout(timer);
        await this.#events(request.id, answers, served);
      }
    } catch (error) {
      await this.#fail(request.id, error);
    } finally {
      clearTimeout(timer);
      this.#running.delete(request.id);
      this.#slots.release();
      this.#restartIdle();
    }
  }

  #handle(body: Uint8Array, served: ServedRequest): Promise<Res> | AsyncIterable<Res> {
    const {protocol, handler} = this.#init;
    let request: Req;
    try {
      request = decodeKept(protocol.request, body);
    } catch (cause) {
      if (!(cause instanceof CodecError)) throw cause;
      throw new NetworkError('NETWORK_BAD_REQUEST', {problem: cause.code}, {cause});
    }
    return handler(request, served);
  }

  /** At the time limit the caller hears so; the place stays taken until the handler is done. */
  async #answer(id: number, answer: Promise<Res>, served: ServedRequest): Promise<void> {
    let isTold = false;
    served.onAbort = (reason): void => {
      isTold = true;
      void this.#fail(id, reason);
    };
    try {
      const body = encode(this.#init.protocol.answer, await answer);
      if (!isTold) await this.#send({type: 'answer', value: {id, body}});
    } catch (error) {
      if (!isTold) throw error;
      if (!isRefusal(error)) this.#init.ports.onError('network.handler', error);
    } finally {
      served.onAbort = undefined;
    }
  }

  async #events(id: number, events: AsyncIterable<Res>, served: ServedRequest): Promise<void> {
    for await (const event of events) {
      if (served.isAborted) return;
      const body = encode(this.#init.protocol.answer, event);
      await this.#send({type: 'event', value: {id, body}});
    }
    if (!served.isAborted) await this.#send({type: 'answer', value: {id, body: EMPTY}});
  }

  async #send(frame: Frame): Promise<void> {
    const {unsent, frames, remotePeerId} = this.#init;
    const bytes = encode(Frame, frame);
    if (!unsent.reserve(remotePeerId, bytes.length)) {
      throw new NetworkError('NETWORK_BUSY', {problem: 'answers wait to be read'});
    }
    try {
      await frames.writeEncoded(bytes);
    } finally {
      unsent.release(remotePeerId, bytes.length);
    }
  }

  async #fail(id: number, error: unknown): Promise<void> {
    const {frames, ports} = this.#init;
    if (!isRefusal(error)) ports.onError('network.handler', error);
    if (!frames.isOpen) return;
    try {
      await frames.write(Frame, errorFrame(id, error));
    } catch (failure) {
      if (!isRefusal(failure)) ports.onError('network.write', failure);
    }
  }
}
