import {sha256} from '../crypto/hash.ts';
import {bytesToKey, type TxId, toTxId} from '../protocol/bytes.ts';
import {TxError, type TxErrorCode} from '../vm/errors.ts';

export type RefusedTx = {
  readonly code: TxErrorCode;
  /** Unix ms. */
  readonly refusedAtMs: bigint;
};

/** Long enough for whoever sent it to ask; a flood pushes out the oldest. */
const MAX_REFUSED = 4096;

/** Why transactions that this node was given are not on the way: the newest of them. */
export class RefusedTxs {
  readonly #refused = new Map<string, RefusedTx>();
  readonly #nowMs: () => bigint;

  constructor(nowMs: () => bigint) {
    this.#nowMs = nowMs;
  }

  add(id: TxId, code: RefusedTx['code']): void {
    const key = bytesToKey(id);
    this.#refused.delete(key);
    this.#refused.set(key, {code, refusedAtMs: this.#nowMs()});
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MAX_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
  }

  /** A transaction that was not let in; one that is in already is no refusal. */
  addFailure(bytes: Uint8Array, error: unknown): void {
    if (!(error instanceof TxError) || error.code === 'TX_ALREADY_KNOWN') return;
    this.add(toTxId(sha256(bytes)), error.code);
  }

  get(id: TxId): RefusedTx | undefined {
    return this.#refused.get(bytesToKey(id));
  }
}
