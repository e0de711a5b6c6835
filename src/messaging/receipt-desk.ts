import type {Receipt, SignedReceipt} from '../protocol/overlay/receipt.ts';
import {MAX_RECEIPTS_PER_SIGNATURE} from '../protocol/overlay/receipt.ts';
import type {Defer} from './defer.ts';

/** Signs receipts that were given together: one signature for all. */
export type SignReceipts = (receipts: readonly Receipt[]) => Promise<readonly SignedReceipt[]>;

type Waiting = {
  readonly receipt: Receipt;
  readonly resolve: (signed: SignedReceipt) => void;
  readonly reject: (error: unknown) => void;
};

/** How long a receipt waits for others at most: little beside what a busy swarm takes for a write. */
const MOST_WAIT_MS = 20;

/**
 * Gathers receipts and has them signed by one signature: under load that is the price of one for many.
 * A receipt is given when its write begins, and waits for the writes that are under way then, but never
 * for long. Where receipts come one by one it is signed beside its own write, while the disk works, and so
 * are those whose writes were gathered, where no others wait. Whoever asked hands it out once the write has
 * ended well.
 */
export class ReceiptDesk {
  readonly #sign: SignReceipts;
  readonly #defer: Defer;
  #waiting: Waiting[] = [];
  #underWay = 0;
  /** Whether the last signature was for several: then the next will be, too. */
  #isBusy = false;
  /** Whether all that wait were gathered. */
  #isGathered = false;
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sign: SignReceipts, defer: Defer) {
    this.#sign = sign;
    this.#defer = defer;
  }

  /** Runs a write that has a receipt: others that are given while it is under way wait for it. */
  async during<T>(write: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await write();
    } finally {
      this.#underWay -= 1;
      this.#schedule();
    }
  }

  /**
   * Signs the receipt of a write that has begun, or of one that was made before.
   * @param isGathered whether writes that could share its signature begin in the same turn: then it is signed as
   * soon as each write under way has given its receipt
   */
  issue(receipt: Receipt, {isGathered}: {readonly isGathered: boolean}): Promise<SignedReceipt> {
    this.#isGathered = isGathered && (this.#isGathered || this.#waiting.length === 0);
    return new Promise((resolve, reject) => {
      this.#waiting.push({receipt, resolve, reject});
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#waiting.length === 0) return;
    if (this.#underWay > this.#mostUnderWay()) {
      this.#timer ??= setTimeout(() => this.#signAll(), MOST_WAIT_MS);
    } else if (!this.#isDue) {
      this.#isDue = true;
      this.#defer(() => this.#signAll());
    }
  }

  /** How many writes may be under way when those who wait are signed for. */
  #mostUnderWay(): number {
    if (this.#isGathered) return this.#waiting.length;
    return this.#isBusy ? 0 : 1;
  }

  #signAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const all = this.#waiting;
    this.#waiting = [];
    this.#isBusy = all.length > 1;
    for (let at = 0; at < all.length; at += MAX_RECEIPTS_PER_SIGNATURE) {
      void this.#signTogether(all.slice(at, at + MAX_RECEIPTS_PER_SIGNATURE));
    }
  }

  async #signTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const signed = await this.#sign(batch.map(({receipt}) => receipt));
      for (const [index, each] of signed.entries()) batch[index]?.resolve(each);
    } catch (error) {
      for (const {reject} of batch) reject(error);
    }
  }
}
