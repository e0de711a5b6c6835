import {encode} from '../protocol/codec.ts';
import {Frame} from '../protocol/overlay/frame.ts';
import type {SignedPeerRecord} from '../protocol/overlay/peer-record.ts';
import {ByteBudget} from './byte-budget.ts';
import {CalledStream} from './called-stream.ts';
import {withDeadline} from './deadline.ts';
import {decodeAnswer} from './decode-answer.ts';
import type {Dialer} from './dialer.ts';
import {NetworkError, RemoteError} from './errors.ts';
import {FrameStream} from './frame-stream.ts';
import {introduceSelf} from './introduction.ts';
import type {NetworkLimits} from './limits.ts';
import type {Caller, CallOptions, Peer} from './overlay.ts';
import type {RequestProtocol} from './request-protocol.ts';
import {Slots} from './slots.ts';
import {subscribe} from './subscription.ts';

export type RequestCallerInit<Req, Res> = {
  readonly protocol: RequestProtocol<Req, Res>;
  readonly protocolId: string;
  readonly dialer: Dialer;
  readonly limits: NetworkLimits;
  /** This node's own record, for protocols that introduce. */
  readonly selfRecord: (() => Promise<SignedPeerRecord>) | undefined;
};

/** All requests of one protocol to one peer: a stream while there are any, and who waits for it. */
type Line = {
  readonly slots: Slots;
  opening: Promise<CalledStream> | undefined;
  stream: CalledStream | undefined;
  users: number;
  idle: ReturnType<typeof setTimeout> | undefined;
};

/** Refusals of the introduction: the next stream begins with a new one. */
const INTRODUCTION_CODES = new Set(['NETWORK_UNKNOWN_PEER', 'NETWORK_BAD_PEER_RECORD']);

/** One long-lived stream for each peer; opened by the first request, closed when none came for a while. */
export class RequestCaller<Req, Res> implements Caller<Req, Res> {
  readonly #init: RequestCallerInit<Req, Res>;
  readonly #lines = new Map<string, Line>();
  #isStopped = false;
  #encoded: {readonly request: Req; readonly body: Uint8Array} | undefined;

  constructor(init: RequestCallerInit<Req, Res>) {
    this.#init = init;
  }

  /** PERF: a write goes to several peers, one right after the other: it is encoded once. */
  #encode(request: Req): Uint8Array {
    if (this.#encoded?.request !== request) {
      this.#encoded = {request, body: encode(this.#init.protocol.request, request)};
    }
    return this.#encoded.body;
  }

  async request(peer: Peer, request: Req, options: CallOptions = {}): Promise<Res> {
    const {protocol} = this.#init;
    const {peerId} = peer;
    const body = this.#encode(request);
    const {timeoutMs = protocol.timeoutMs, signal: outer} = options;
    const line = this.#lineOf(peerId);
    try {
      const answer = await withDeadline({timeoutMs, peerId, outer}, async (signal) => {
        await line.slots.acquire(signal);
        try {
          const stream = await this.#streamOf(line, peer, signal);
          return await this.#ask(stream, line, {body, signal});
        } finally {
          line.slots.release();
        }
      });
      return decodeAnswer(protocol.answer, answer, peerId);
    } finally {
      this.#leave(peerId, line);
    }
  }

  async #ask(
    stream: CalledStream,
    line: Line,
    {body, signal}: {readonly body: Uint8Array; readonly signal: AbortSignal},
  ): Promise<Uint8Array> {
    try {
      return await stream.request(body, signal);
    } catch (error) {
      const isUnknown = error instanceof RemoteError && INTRODUCTION_CODES.has(error.code);
      if (isUnknown && line.stream === stream) line.stream = undefined;
      throw error;
    } finally {
      // Another has taken its place, or will: the last who asks over it closes it.
      if (line.stream !== stream && stream.isIdle) void stream.close();
    }
  }

  subscribe(peer: Peer, request: Req, options: CallOptions = {}): AsyncIterable<Res> {
    const {protocol, limits} = this.#init;
    const {timeoutMs = limits.openTimeoutMs, signal: outer} = options;
    return subscribe({
      peerId: peer.peerId,
      protocol,
      request,
      signal: outer,
      open: () =>
        withDeadline({timeoutMs, peerId: peer.peerId, outer}, (signal) =>
          this.#openFrames(peer, signal),
        ),
    });
  }

  #lineOf(peerId: string): Line {
    if (this.#isStopped) throw new NetworkError('NETWORK_CLOSED', {peerId});
    const {requestsPerStream, waitingPerPeer} = this.#init.limits;
    let line = this.#lines.get(peerId);
    if (line === undefined) {
      line = {
        slots: new Slots(requestsPerStream, waitingPerPeer),
        opening: undefined,
        stream: undefined,
        users: 0,
        idle: undefined,
      };
      this.#lines.set(peerId, line);
    }
    clearTimeout(line.idle);
    line.users += 1;
    return line;
  }

  #leave(peerId: string, line: Line): void {
    line.users -= 1;
    if (line.users > 0 || this.#isStopped) return;
    if (line.stream === undefined && line.opening === undefined) {
      this.#lines.delete(peerId);
      return;
    }
    line.idle = setTimeout(() => {
      this.#lines.delete(peerId);
      void line.stream?.close();
    }, this.#init.limits.idleMs);
  }

  /** Opens once for all who wait; each of them keeps its own deadline. */
  async #streamOf(line: Line, peer: Peer, signal: AbortSignal): Promise<CalledStream> {
    if (line.stream?.isOpen === true) return line.stream;
    line.stream = undefined;
    line.opening ??= this.#openStream(line, peer).finally(() => {
      line.opening = undefined;
    });
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, {once: true});
    try {
      return await Promise.race([line.opening, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #openStream(line: Line, peer: Peer): Promise<CalledStream> {
    const {openTimeoutMs} = this.#init.limits;
    const {peerId} = peer;
    const deadline = {timeoutMs: openTimeoutMs, peerId, outer: undefined};
    const frames = await withDeadline(deadline, (signal) => this.#openFrames(peer, signal));
    const stream = new CalledStream(frames, peerId);
    if (this.#isStopped) stream.end(new NetworkError('NETWORK_CLOSED', {peerId}));
    line.stream = stream;
    void stream.run();
    return stream;
  }

  async #openFrames(peer: Peer, signal: AbortSignal): Promise<FrameStream> {
    const {dialer, protocolId, protocol, limits, selfRecord} = this.#init;
    if (this.#isStopped) throw new NetworkError('NETWORK_CLOSED', {peerId: peer.peerId});
    const stream = await dialer.open(peer, protocolId, signal);
    const {unreadPerPeer} = limits;
    // Nobody is called who was not chosen, and a slow watch holds back its own stream alone.
    const frames = new FrameStream(stream, {
      maxBytes: Frame.maxSize,
      limits,
      peerId: peer.peerId,
      unread: new ByteBudget({perPeer: unreadPerPeer, inAll: unreadPerPeer}),
    });
    if (protocol.introduces) await introduceSelf(frames, selfRecord);
    return frames;
  }

  stop(): void {
    this.#isStopped = true;
    for (const [peerId, line] of this.#lines) {
      clearTimeout(line.idle);
      line.stream?.end(new NetworkError('NETWORK_CLOSED', {peerId}));
    }
    this.#lines.clear();
  }
}
