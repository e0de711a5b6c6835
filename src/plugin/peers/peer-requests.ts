import {bytesToKey, type NodeId} from '../../protocol/bytes.ts';
import {decode, encode} from '../../protocol/codec.ts';
import {CodecError} from '../../protocol/errors.ts';
import {PeerError, type PeerErrorCode} from '../errors.ts';
import type {ConnectedPeers} from './connected-peers.ts';
import {
  type AnswerOf,
  PeerAnswer,
  type PeerCall,
  PeerRequest,
  type RequestOf,
} from './peer-codec.ts';
import type {PeerMessenger} from './peer-messenger.ts';
import type {PeerMetrics} from './peer-metrics.ts';

export type PeerRequestsParts = {
  readonly messenger: Pick<PeerMessenger, 'sendRequest'>;
  readonly peers: ConnectedPeers;
  readonly metrics: PeerMetrics;
  /** An integer of 0 to below `bound`. */
  random(bound: number): number;
};

export type AskOptions = {
  /** The hosts give up after 2 to 10 s by themselves; this is for one that forgets. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

type Pending = {
  readonly nodeId: NodeId;
  readonly call: PeerCall;
  settle(result: PeerAnswer | PeerError): void;
};

/** Requests without an answer, in all and of one peer: no more than its server works on. */
export const REQUEST_LIMITS = {inFlight: 32, perPeer: 4, timeoutMs: 12_000} as const;

const REQUEST_IDS = 2 ** 32;

/** Asks other nodes of the chain, and knows each answer by its node and number. SPEC.md §12. */
export class PeerRequests {
  readonly #parts: PeerRequestsParts;
  readonly #pending = new Map<string, Pending>();
  /** Begins anywhere: an answer to an earlier process must not fit a request of this one. */
  #nextId: number;
  #isClosed = false;

  constructor(parts: PeerRequestsParts) {
    this.#parts = parts;
    this.#nextId = parts.random(REQUEST_IDS);
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  inFlightOf(nodeId: NodeId): number {
    let count = 0;
    for (const pending of this.#pending.values()) {
      if (bytesToKey(pending.nodeId) === bytesToKey(nodeId)) count += 1;
    }
    return count;
  }

  /** Whether this peer may be asked now. */
  hasRoomFor(nodeId: NodeId): boolean {
    return (
      this.#pending.size < REQUEST_LIMITS.inFlight &&
      this.inFlightOf(nodeId) < REQUEST_LIMITS.perPeer
    );
  }

  /**
   * Asks a connected node. One that fails, except for our own reasons, rests for a while: see
   * `ConnectedPeers.pick`. Whether an answer was worth something the caller tells the peers.
   * @throws PeerError
   */
  async ask<K extends PeerCall>(
    nodeId: NodeId,
    call: K,
    request: RequestOf<K>,
    options: AskOptions = {},
  ): Promise<AnswerOf<K>> {
    this.#assertMayAsk(nodeId, options.signal);
    const message = encode(PeerRequest, {type: call, value: request} as PeerRequest);
    const {metrics, peers} = this.#parts;
    metrics.requestsSent += 1;
    const result = await this.#send({nodeId, call, message}, options);
    if (result instanceof PeerError) {
      metrics.requestsFailed += 1;
      if (result.code !== 'PEER_CANCELLED' && result.code !== 'PEER_STOPPED') peers.failed(nodeId);
      throw result;
    }
    return result.value as AnswerOf<K>;
  }

  #assertMayAsk(nodeId: NodeId, signal: AbortSignal | undefined): void {
    if (this.#isClosed) throw new PeerError('PEER_STOPPED');
    if (signal?.aborted) throw new PeerError('PEER_CANCELLED');
    if (!this.#parts.peers.has(nodeId)) throw new PeerError('PEER_DISCONNECTED');
    if (!this.hasRoomFor(nodeId)) throw new PeerError('PEER_BUSY', {inFlight: this.#pending.size});
  }

  /** The next number that is free: unanswered requests keep theirs. */
  #takeId(nodeId: NodeId): {readonly requestId: number; readonly key: string} {
    for (;;) {
      const requestId = this.#nextId;
      this.#nextId = (requestId + 1) % REQUEST_IDS;
      const key = keyOf(nodeId, requestId);
      if (!this.#pending.has(key)) return {requestId, key};
    }
  }

  async #send(
    {nodeId, call, message}: {nodeId: NodeId; call: PeerCall; message: Uint8Array},
    {timeoutMs = REQUEST_LIMITS.timeoutMs, signal}: AskOptions,
  ): Promise<PeerAnswer | PeerError> {
    const {promise, resolve} = Promise.withResolvers<PeerAnswer | PeerError>();
    const {requestId, key} = this.#takeId(nodeId);
    const cancel = (): void => resolve(new PeerError('PEER_CANCELLED'));
    const timer = setTimeout(() => resolve(new PeerError('PEER_TIMEOUT', {timeoutMs})), timeoutMs);
    signal?.addEventListener('abort', cancel, {once: true});
    this.#pending.set(key, {nodeId, call, settle: resolve});
    const refused = (isTaken: boolean): void => {
      if (!isTaken) resolve(new PeerError('PEER_FAILED', {reason: 'the node took no request'}));
    };
    void this.#parts.messenger.sendRequest(nodeId, requestId, message).then(refused);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      this.#pending.delete(key);
    }
  }

  #take(nodeId: Uint8Array, requestId: number): Pending | undefined {
    const key = keyOf(nodeId, requestId);
    const pending = this.#pending.get(key);
    if (pending === undefined) this.#parts.metrics.answersUnasked += 1;
    else this.#pending.delete(key);
    return pending;
  }

  /** An answer has arrived; one that nobody asked for is only counted. Never throws on its bytes. */
  onResponse(nodeId: Uint8Array, requestId: number, bytes: Uint8Array): void {
    const pending = this.#take(nodeId, requestId);
    pending?.settle(readAnswer(bytes, pending.call));
  }

  /** The host gave up, or the peer refused with a code of its own. */
  onFailed(nodeId: Uint8Array, requestId: number, code: number): void {
    this.#take(nodeId, requestId)?.settle(new PeerError('PEER_FAILED', {code}));
  }

  onDisconnected(nodeId: Uint8Array): void {
    this.#settleAll('PEER_DISCONNECTED', nodeId);
  }

  /** Ends every open request with PEER_STOPPED, and every later one. */
  close(): void {
    this.#isClosed = true;
    this.#settleAll('PEER_STOPPED');
  }

  #settleAll(code: PeerErrorCode, nodeId?: Uint8Array): void {
    for (const pending of [...this.#pending.values()]) {
      const isMeant = nodeId === undefined || bytesToKey(nodeId) === bytesToKey(pending.nodeId);
      if (isMeant) pending.settle(new PeerError(code));
    }
  }
}

const keyOf = (nodeId: Uint8Array, requestId: number): string =>
  `${bytesToKey(nodeId)}/${requestId}`;

function readAnswer(bytes: Uint8Array, call: PeerCall): PeerAnswer | PeerError {
  try {
    const answer = decode(PeerAnswer, bytes);
    if (answer.type === call) return answer;
    return new PeerError('PEER_BAD_ANSWER', {asked: call, answered: answer.type});
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    return new PeerError('PEER_BAD_ANSWER', {reason: cause.code}, {cause});
  }
}
