import {bytesToKey, type NodeId, toNodeId} from '../../protocol/bytes.ts';
import {decode, encode} from '../../protocol/codec.ts';
import {CodecError} from '../../protocol/errors.ts';
import type {AppRequestMsg} from '../messages.ts';
import {PeerBudget} from '../peer-budget.ts';
import {
  type AnswerOf,
  PeerAnswer,
  type PeerCall,
  PeerRequest,
  type RequestOf,
} from './peer-codec.ts';
import type {AppError, PeerMessenger} from './peer-messenger.ts';
import type {PeerMetrics} from './peer-metrics.ts';

export type AskedBy = {
  readonly nodeId: NodeId;
  /** Unix ms: an answer after it is not sent any more. */
  readonly deadlineMs: bigint;
};

/** Answers one kind of question; undefined when it has nothing to answer. */
export type PeerHandler<K extends PeerCall> = (
  request: RequestOf<K>,
  by: AskedBy,
) => Promise<AnswerOf<K> | undefined> | AnswerOf<K> | undefined;

/** Who answers what; what is missing here is refused. */
export type PeerHandlers = {readonly [K in PeerCall]?: PeerHandler<K>};

export type PeerServerParts = {
  readonly messenger: Pick<PeerMessenger, 'sendResponse' | 'sendError'>;
  readonly handlers: PeerHandlers;
  readonly metrics: PeerMetrics;
  /** Unix ms: what a deadline is compared with. */
  now(): bigint;
  /** For the budgets. */
  monotonicMs(): bigint;
  /** A handler that failed: a bug of ours, whatever the peer sent. */
  reportInternalError(error: unknown): void;
};

/** Answers with SendAppError. Negative numbers are the nodes' own; positive ones ours. SPEC.md §12. */
export const PEER_REFUSAL = {
  unregistered: {code: -2, message: 'nobody answers this'},
  throttled: {code: -4, message: 'too many requests'},
  malformed: {code: 1, message: 'not a request of this chain'},
  nothing: {code: 2, message: 'nothing to answer'},
  internal: {code: 3, message: 'failed'},
} as const satisfies Readonly<Record<string, AppError>>;

/** Questions in work, and answers that the node has not taken yet: in all, and of one peer. */
export const SERVER_LIMITS = {inWork: 64, perPeer: 4, unsent: 256} as const;

/** A peer's requests, and the bytes of the answers to it. */
const REQUEST_BUDGET = {tokensPerSecond: 16, burst: 64, maxPeers: 4096} as const;
/** A state of 10 000 nodes has 40 MB: a new node gets it at once, and then no more for a while. */
const BYTE_BUDGET = {tokensPerSecond: 4_194_304, burst: 50_331_648, maxPeers: 4096} as const;

function readRequest(bytes: Uint8Array): PeerRequest | undefined {
  try {
    return decode(PeerRequest, bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** Answers what other nodes of the chain ask, each within its budget. Never fails on their input. */
export class PeerServer {
  readonly #parts: PeerServerParts;
  readonly #requests = new PeerBudget(REQUEST_BUDGET);
  readonly #bytes = new PeerBudget(BYTE_BUDGET);
  readonly #inWork = new Map<string, number>();
  #working = 0;
  #unsent = 0;

  constructor(parts: PeerServerParts) {
    this.#parts = parts;
  }

  /** Returns at once; the answer follows as a message. An instant that has passed gets none. */
  take({nodeId, requestId, deadline = 0n, request}: AppRequestMsg): void {
    if (nodeId.length !== toNodeId.byteLength || deadline <= this.#parts.now()) return;
    void this.#answer(requestId, request, {nodeId: toNodeId(nodeId), deadlineMs: deadline});
  }

  async #answer(requestId: number, request: Uint8Array, by: AskedBy): Promise<void> {
    const {metrics, messenger, now} = this.#parts;
    const result = await this.#work(request, by);
    if (result instanceof Uint8Array) metrics.requestsServed += 1;
    else metrics.requestsRefused += 1;
    // Whoever floods us must not make us wait for the node to take the refusals.
    if (this.#unsent >= SERVER_LIMITS.unsent || by.deadlineMs <= now()) return;
    this.#unsent += 1;
    if (result instanceof Uint8Array) await messenger.sendResponse(by.nodeId, requestId, result);
    else await messenger.sendError(by.nodeId, requestId, result);
    this.#unsent -= 1;
  }

  /** The encoded answer, or why there is none. */
  async #work(request: Uint8Array, by: AskedBy): Promise<Uint8Array | AppError> {
    const peer = bytesToKey(by.nodeId);
    if (!this.#begin(peer)) return PEER_REFUSAL.throttled;
    try {
      const asked = readRequest(request);
      if (asked === undefined) return PEER_REFUSAL.malformed;
      const answer = await this.#handle(asked.type, asked.value, by);
      const nowMs = this.#parts.monotonicMs();
      if (answer instanceof Uint8Array) this.#bytes.spend(peer, answer.length, nowMs);
      return answer;
    } catch (error) {
      this.#parts.reportInternalError(error);
      return PEER_REFUSAL.internal;
    } finally {
      this.#end(peer);
    }
  }

  async #handle<K extends PeerCall>(
    type: K,
    request: RequestOf<K>,
    by: AskedBy,
  ): Promise<Uint8Array | AppError> {
    const handler: PeerHandler<K> | undefined = this.#parts.handlers[type];
    if (handler === undefined) return PEER_REFUSAL.unregistered;
    const value = await handler(request, by);
    if (value === undefined) return PEER_REFUSAL.nothing;
    return encode(PeerAnswer, {type, value} as PeerAnswer);
  }

  #begin(peer: string): boolean {
    const nowMs = this.#parts.monotonicMs();
    const ofPeer = this.#inWork.get(peer) ?? 0;
    const hasRoom = this.#working < SERVER_LIMITS.inWork && ofPeer < SERVER_LIMITS.perPeer;
    if (this.#requests.spend(peer, 1, nowMs) === 0) return false;
    if (!hasRoom || this.#bytes.spend(peer, 1, nowMs) === 0) return false;
    this.#working += 1;
    this.#inWork.set(peer, ofPeer + 1);
    return true;
  }

  #end(peer: string): void {
    this.#working -= 1;
    const left = (this.#inWork.get(peer) ?? 1) - 1;
    if (left === 0) this.#inWork.delete(peer);
    else this.#inWork.set(peer, left);
  }
}
