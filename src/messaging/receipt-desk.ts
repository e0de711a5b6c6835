import type {Receipt, SignedReceipt} from '../protocol/overlay/receipt.ts';
import {MAX_RECEIPTS_PER_SIGNATURE} from '../protocol/overlay/receipt.ts';

/** Signs receipts that were given together: one signature for all. */
export type SignReceipts = (receipts: readonly Receipt[]) => readonly SignedReceipt[];

type Waiting = {
  readonly receipt: Receipt;
  readonly resolve: (signed: SignedReceipt) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Gathers the receipts of one turn of the event loop, which is what one group commit finished, and
 * has them signed by one signature: under load that is the price of one for many.
 */
export class ReceiptDesk {
  readonly #sign: SignReceipts;
  readonly #defer: (action: () => void) => void;
  #waiting: Waiting[] = [];

  /** @param defer runs an action after what is ready now, as setImmediate does. */
  constructor(sign: SignReceipts, defer: (action: () => void) => void) {
    this.#sign = sign;
    this.#defer = defer;
  }

  issue(receipt: Receipt): Promise<SignedReceipt> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#defer(() => this.#signAll());
      this.#waiting.push({receipt, resolve, reject});
    });
  }

  #signAll(): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < all.length; at += MAX_RECEIPTS_PER_SIGNATURE) {
      const batch = all.slice(at, at + MAX_RECEIPTS_PER_SIGNATURE);
      try {
        const signed = this.#sign(batch.map(({receipt}) => receipt));
        for (const [index, each] of signed.entries()) batch[index]?.resolve(each);
      } catch (error) {
        for (const {reject} of batch) reject(error);
      }
    }
  }
}
