import {decode, encode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import type {ParsedTx} from '../vm/parsed-tx.ts';
import {GossipMessage, MAX_GOSSIP_BYTES} from './gossip-message.ts';
import type {GossipTargets, PeerMessenger} from './peers/peer-messenger.ts';
import type {PeerMetrics} from './peers/peer-metrics.ts';
import type {TxIntake} from './tx-intake.ts';

export type TxGossipParts = {
  readonly messenger: Pick<PeerMessenger, 'sendGossip'>;
  readonly intake: Pick<TxIntake, 'take'>;
  readonly metrics: PeerMetrics;
  monotonicMs(): bigint;
};

/** Any validator may be the next proposer: most of a small network hears of it at once. */
const TARGETS: GossipTargets = {validators: 16, peers: 0};
/** What is admitted within this time travels together. */
const COLLECT_MS = 20;
const FLUSH_BYTES = MAX_GOSSIP_BYTES / 2;
/** What waits is told again at most this often, and at most this much of it. */
const REPEAT_MS = 5000n;
const REPEAT_BYTES = 131_072;
const LENGTH_BYTES = 4;
/** Version, type id, count. */
const OVERHEAD_BYTES = 10;

/** Tells validators which transactions wait, and takes theirs. Each node passes one on once. */
export class TxGossip {
  readonly #parts: TxGossipParts;
  #collected: Uint8Array[] = [];
  #collectedBytes = OVERHEAD_BYTES;
  #timer: NodeJS.Timeout | undefined;
  #repeatedAtMs: bigint | undefined;

  constructor(parts: TxGossipParts) {
    this.#parts = parts;
  }

  /** Passes an admitted transaction on, together with others of the same moment. */
  announce({bytes}: ParsedTx): void {
    this.#collected.push(bytes);
    this.#collectedBytes += LENGTH_BYTES + bytes.length;
    if (this.#collectedBytes >= FLUSH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), COLLECT_MS);
  }

  /**
   * Tells again what still waits after a block: the first time may have met no peer. Bounded in time
   * and size, as peers mostly know it.
   */
  repeat(waiting: Iterable<ParsedTx>): void {
    const nowMs = this.#parts.monotonicMs();
    if (this.#repeatedAtMs !== undefined && nowMs < this.#repeatedAtMs + REPEAT_MS) return;
    this.#repeatedAtMs = nowMs;
    let left = REPEAT_BYTES;
    for (const tx of waiting) {
      left -= tx.bytes.length;
      if (left < 0) return;
      this.announce(tx);
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const txs = this.#collected;
    this.#collected = [];
    this.#collectedBytes = OVERHEAD_BYTES;
    const message = encode(GossipMessage, {type: 'txs', value: {txs}});
    this.#parts.metrics.gossipSent += 1;
    void this.#parts.messenger.sendGossip(message, TARGETS);
  }

  /**
   * Takes what a peer tells; what does not decode is dropped, because the node would stop the chain
   * for an error. @returns how many transactions were new and good.
   */
  async receive(nodeId: Uint8Array, message: Uint8Array): Promise<number> {
    const {intake, metrics} = this.#parts;
    metrics.gossipReceived += 1;
    return (await intake.take(nodeId, readTxs(message))).admitted;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#collected = [];
  }
}

function readTxs(message: Uint8Array): readonly Uint8Array[] {
  try {
    return decode(GossipMessage, message).value.txs;
  } catch (error) {
    if (error instanceof CodecError) return [];
    throw error;
  }
}
