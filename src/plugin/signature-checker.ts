import {verifySignatures} from '../crypto/ml-dsa.ts';
import {bytesToKey, type TxId} from '../protocol/bytes.ts';
import type {SignatureSet} from '../vm/signature-sets.ts';

/** Good transactions to remember: what the mempool holds, in about 3 MB. */
const MAX_REMEMBERED = 20_480;
/** Signatures handed to the thread pool at once; the first bad chunk ends a check. */
const CHUNK = 64;

/**
 * Verifies signatures in bulk, off the main thread, and remembers transactions by id: one that was
 * checked by the mempool costs nothing in its block. A transaction's bytes name its signer by a
 * hash of the key, so the same id is never good under one state and bad under another.
 */
export class SignatureChecker {
  /** Tx ids by bytesToKey. A set iterates in insertion order: the first is the one unused for longest. */
  readonly #good = new Set<string>();

  #isKnown(id: string): boolean {
    if (!this.#good.delete(id)) return false;
    this.#good.add(id);
    return true;
  }

  #remember(id: string): void {
    this.#good.add(id);
    if (this.#good.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#good) {
      this.#good.delete(oldest);
      break;
    }
  }

  /** The first transaction with a signature that does not hold; undefined when all are good. */
  async findInvalid(sets: readonly SignatureSet[]): Promise<TxId | undefined> {
    const unknown = sets
      .map((set) => ({set, id: bytesToKey(set.txId)}))
      .filter(({id}) => !this.#isKnown(id));
    for (let start = 0; start < unknown.length; start += CHUNK) {
      const chunk = unknown.slice(start, start + CHUNK);
      const answers = await verifySignatures(chunk.map(({set}) => set));
      const bad = answers.indexOf(false);
      if (bad >= 0) return chunk[bad]?.set.txId;
    }
    // Only now: a transaction may bring two signatures, in two chunks.
    for (const {id} of unknown) this.#remember(id);
    return undefined;
  }
}
