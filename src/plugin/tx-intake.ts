import {sha256} from '../crypto/hash.ts';
import {bytesToKey, type TxId, toTxId} from '../protocol/bytes.ts';
import {CodecError} from '../protocol/errors.ts';
import {TxError, type TxErrorCode} from '../vm/errors.ts';
import type {ParsedTx} from '../vm/parsed-tx.ts';
import {PeerBudget} from './peer-budget.ts';
import type {PeerMetrics} from './peers/peer-metrics.ts';

export type TxIntakeParts = {
  admit(bytes: Uint8Array): Promise<ParsedTx>;
  readonly metrics: PeerMetrics;
  monotonicMs(): bigint;
};

/** What became of a peer's transactions. */
export type Taken = {
  readonly admitted: number;
  /** Such that no honest node keeps them. */
  readonly false: number;
};

/** A transaction costs about 0.13 ms to check: a peer gets at most 7 % of one core. */
const BUDGET = {tokensPerSecond: 500, burst: 4000, maxPeers: 4096} as const;
/** Refused transactions to remember, in about 1 MB. */
const MAX_REFUSED = 8192;

/** No other block makes it good, and no honest node has it in its mempool. */
const FALSE: ReadonlySet<TxErrorCode> = new Set([
  'TX_INVALID_SIGNATURE',
  'TX_WRONG_CHAIN',
  'TX_KEY_MISMATCH',
]);

/**
 * Takes transactions from peers, each within its budget. What can never be good is remembered by
 * its id, so that a repetition costs a hash and the next filter says not to send it again.
 */
export class TxIntake {
  readonly #parts: TxIntakeParts;
  readonly #budget = new PeerBudget(BUDGET);
  /** By bytesToKey, oldest first. */
  readonly #refused = new Map<string, TxId>();

  constructor(parts: TxIntakeParts) {
    this.#parts = parts;
  }

  /** Ids of what was refused for good, the latest of them. */
  refusedIds(): Iterable<TxId> {
    return this.#refused.values();
  }

  /** Every byte is the peer's choice: whatever is wrong with it is dropped, never thrown. */
  async take(nodeId: Uint8Array, txs: readonly Uint8Array[]): Promise<Taken> {
    const {metrics, monotonicMs} = this.#parts;
    const allowed = this.#budget.spend(bytesToKey(nodeId), txs.length, monotonicMs());
    metrics.txsReceived += txs.length;
    metrics.txsOverBudget += txs.length - allowed;
    const taken = {admitted: 0, false: 0};
    for (const bytes of txs.slice(0, allowed)) {
      const outcome = await this.#tryAdmit(bytes);
      if (outcome !== 'refused') taken[outcome] += 1;
    }
    metrics.txsAdmitted += taken.admitted;
    return taken;
  }

  async #tryAdmit(bytes: Uint8Array): Promise<'admitted' | 'false' | 'refused'> {
    const id = toTxId(sha256(bytes));
    if (this.#refused.has(bytesToKey(id))) return 'false';
    try {
      await this.#parts.admit(bytes);
      return 'admitted';
    } catch (error) {
      if (!(error instanceof CodecError || error instanceof TxError)) throw error;
      if (error instanceof TxError && !FALSE.has(error.code)) return 'refused';
      this.#remember(id);
      return 'false';
    }
  }

  #remember(id: TxId): void {
    this.#refused.set(bytesToKey(id), id);
    if (this.#refused.size <= MAX_REFUSED) return;
    for (const oldest of this.#refused.keys()) {
      this.#refused.delete(oldest);
      break;
    }
  }
}
