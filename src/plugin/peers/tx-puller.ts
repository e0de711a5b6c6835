import type {TxId} from '../../protocol/bytes.ts';
import type {Mempool} from '../../vm/mempool.ts';
import {PeerError} from '../errors.ts';
import {MAX_GOSSIP_BYTES, type TxBatch} from '../gossip-message.ts';
import type {TxIntake} from '../tx-intake.ts';
import type {ConnectedPeers} from './connected-peers.ts';
import type {PeerMetrics} from './peer-metrics.ts';
import type {PeerRequests} from './peer-requests.ts';
import {createTxFilter, toFilterSalt} from './tx-filter.ts';

export type TxPullerParts = {
  readonly peers: ConnectedPeers;
  readonly requests: PeerRequests;
  readonly mempool: Mempool;
  readonly intake: Pick<TxIntake, 'take' | 'refusedIds'>;
  readonly metrics: PeerMetrics;
  /** Whether the node is in normal operation: before, its state is too old to judge transactions. */
  isActive(): boolean;
  randomBytes(length: number): Uint8Array;
  random(bound: number): number;
  /** A failure of our own, whatever the peer sent. */
  reportInternalError(error: unknown): void;
};

/** Between two pulls, give or take a quarter. */
export const PULL_MS = 2000;
/** The longest time between two, when what comes is of no use. */
const MAX_PULL_MS = 32_000;
/** After an answer that was about full: there is more. */
const MORE_MS = 100;
const FULL_BYTES = MAX_GOSSIP_BYTES / 2;
const ANSWER_TIMEOUT_MS = 5000;

/**
 * Asks one random peer after the other for what it has and we have not: what the push has lost
 * arrives all the same. Without peers, or out of normal operation, no timer runs.
 */
export class TxPuller {
  readonly #parts: TxPullerParts;
  #timer: NodeJS.Timeout | undefined;
  #isPulling = false;
  #isClosed = false;
  #delayMs = PULL_MS;

  constructor(parts: TxPullerParts) {
    this.#parts = parts;
    parts.peers.onChange(() => this.update());
  }

  /** Peers or the phase of the node have changed. */
  update(): void {
    if (!this.#mayPull()) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else if (this.#timer === undefined && !this.#isPulling) {
      this.#delayMs = PULL_MS;
      // Anywhere in the first period: nodes that start together do not ask together.
      this.#schedule(this.#parts.random(PULL_MS));
    }
  }

  close(): void {
    this.#isClosed = true;
    this.update();
  }

  #mayPull(): boolean {
    const {isActive, peers} = this.#parts;
    return !this.#isClosed && peers.size > 0 && isActive();
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => void this.#run(), delayMs);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#isPulling = true;
    try {
      this.#delayMs = await this.#pull();
    } catch (error) {
      if (!(error instanceof PeerError)) this.#parts.reportInternalError(error);
      this.#delayMs = PULL_MS;
    }
    this.#isPulling = false;
    if (!this.#mayPull()) return;
    this.#schedule(Math.round(this.#delayMs * (0.75 + this.#parts.random(512) / 1024)));
  }

  /** One question. @returns how long to wait before the next. @throws PeerError */
  async #pull(): Promise<number> {
    const {peers, requests, intake, metrics} = this.#parts;
    const peer = peers.pick((nodeId) => requests.hasRoomFor(nodeId));
    if (peer === undefined) return PULL_MS;
    metrics.pulls += 1;
    const options = {timeoutMs: ANSWER_TIMEOUT_MS};
    const {txs} = await requests.ask(peer, 'pullTxs', this.#filter(), options);
    const taken = await intake.take(peer, txs);
    metrics.pulledTxs += taken.admitted;
    if (taken.false > 0) peers.failed(peer);
    else peers.succeeded(peer);
    return this.#nextDelay({txs}, taken.admitted);
  }

  #nextDelay({txs}: TxBatch, admitted: number): number {
    const bytes = txs.reduce((sum, tx) => sum + tx.length, 0);
    if (bytes < FULL_BYTES) return PULL_MS;
    return admitted > 0 ? MORE_MS : Math.min(Math.max(this.#delayMs, PULL_MS) * 2, MAX_PULL_MS);
  }

  #filter() {
    const {mempool, intake, randomBytes} = this.#parts;
    const ids: TxId[] = [...intake.refusedIds()];
    for (const {id} of mempool.all()) ids.push(id);
    return createTxFilter(ids, toFilterSalt(randomBytes(toFilterSalt.byteLength)));
  }
}
