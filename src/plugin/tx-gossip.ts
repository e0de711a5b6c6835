import {bytesToHex} from '../protocol/bytes.ts';
import {decode, encode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {TxError} from '../vm/errors.ts';
import type {ParsedTx} from '../vm/parsed-tx.ts';
import {GossipMessage, MAX_GOSSIP_BYTES} from './gossip-message.ts';
import {PeerBudget} from './peer-budget.ts';
import type {GossipTargets, PeerMessenger} from './peers/peer-messenger.ts';

export type TxGossipParts = {
  readonly messenger: Pick<PeerMessenger, 'sendGossip'>;
  admit(bytes: Uint8Array): Promise<ParsedTx>;
  now(): bigint;
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

/** A transaction costs about 0.13 ms to check: a peer gets at most 7 % of one core. */
const BUDGET = {tokensPerSecond: 500, burst: 4000, maxPeers: 4096} as const;

/** Tells other nodes which transactions wait, and takes theirs. Each node passes one on once. */
export class TxGossip {
  readonly #parts: TxGossipParts;
  readonly #budget = new PeerBudget(BUDGET);
  #collected: Uint8Array[] = [];
  #collectedBytes = OVERHEAD_BYTES;
  #timer: NodeJS.Timeout | undefined;
  #repeatedAtMs = 0n;

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
    const nowMs = this.#parts.now();
    if (nowMs < this.#repeatedAtMs + REPEAT_MS) return;
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
    void this.#parts.messenger.sendGossip(message, TARGETS);
  }

  /**
   * Takes what a peer tells. Every byte is the peer's choice: whatever is wrong with it is dropped,
   * never thrown, because the node would stop the chain. @returns how many were new and good.
   */
  async receive(nodeId: Uint8Array, message: Uint8Array): Promise<number> {
    const txs = this.#decode(message);
    const allowed = this.#budget.spend(bytesToHex(nodeId), txs.length, this.#parts.now());
    let admitted = 0;
    for (const bytes of txs.slice(0, allowed)) {
      if (await this.#tryAdmit(bytes)) admitted += 1;
    }
    return admitted;
  }

  #decode(message: Uint8Array): readonly Uint8Array[] {
    try {
      return decode(GossipMessage, message).value.txs;
    } catch (error) {
      if (error instanceof CodecError) return [];
      throw error;
    }
  }

  async #tryAdmit(bytes: Uint8Array): Promise<boolean> {
    try {
      await this.#parts.admit(bytes);
      return true;
    } catch (error) {
      if (error instanceof CodecError || error instanceof TxError) return false;
      throw error;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#collected = [];
  }
}
