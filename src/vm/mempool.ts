import {bytesToKey} from '../protocol/bytes.ts';
import {type AccountUnsigned, type DutyUnsigned, isDuty} from '../protocol/chain/tx.ts';
import {TxError, type TxErrorCode} from './errors.ts';
import type {ParsedTx} from './parsed-tx.ts';

/** Bounds of what waits: transactions and bytes. Duties have room for 10 000 nodes' next round. */
export const MEMPOOL_LIMITS = {
  accountTxs: 4096,
  accountBytes: 24 * 1024 * 1024,
  perAccount: 64,
  dutyTxs: 16_384,
  dutyBytes: 64 * 1024 * 1024,
} as const;

/**
 * Pending transactions of one sender, by nonce. Without gaps, but for those that rejected blocks are
 * about to bring back: what waits behind one was admitted on top of such a block.
 */
type Queue = {
  readonly sender: string;
  readonly txs: ParsedTx[];
  /** Of all in it: what is behind the cheapest one can only follow it. */
  lowestFee: bigint;
};

/** Told of each transaction that will wait no more, and why; not of those that were accepted. */
export type OnRefused = (tx: ParsedTx, code: TxErrorCode) => void;

const nonceOf = ({tx}: ParsedTx): bigint => (tx.unsigned as AccountUnsigned).value.nonce;
const feeOf = ({tx}: ParsedTx): bigint => (tx.unsigned as AccountUnsigned).value.fee;
const expiryOf = ({tx}: ParsedTx): bigint => (tx.unsigned as AccountUnsigned).value.expiryHeight;
const senderOf = ({tx}: ParsedTx): string =>
  bytesToKey((tx.unsigned as AccountUnsigned).value.sender);

const lower = (a: bigint, b: bigint): bigint => (b < a ? b : a);

function noteLowestFee(queue: Queue): void {
  const [first, ...others] = queue.txs;
  if (first === undefined) return;
  queue.lowestFee = others.reduce((lowest, tx) => lower(lowest, feeOf(tx)), feeOf(first));
}

const isBehind = (other: ParsedTx | undefined, tx: ParsedTx): boolean =>
  other !== undefined && nonceOf(other) > nonceOf(tx);

function dutyKeyOf({type, value}: DutyUnsigned): string {
  return `${type}/${value.epoch}/${value.revision}/${bytesToKey(value.nodeId)}`;
}

/**
 * Transactions that wait for a block. Holds, bounds and orders; whether one is valid is asked of
 * the chain before it is added, and again when a block is built.
 */
export class Mempool {
  readonly #ids = new Map<string, ParsedTx>();
  readonly #queues = new Map<string, Queue>();
  readonly #duties = new Map<string, ParsedTx>();
  #accountTxs = 0;
  #accountBytes = 0;
  #dutyBytes = 0;
  readonly #onRefused: OnRefused;

  constructor(onRefused: OnRefused = () => undefined) {
    this.#onRefused = onRefused;
  }

  get size(): number {
    return this.#ids.size;
  }

  get(id: Uint8Array): ParsedTx | undefined {
    return this.#ids.get(bytesToKey(id));
  }

  /** Everything that waits, in the order of admission, but each sender's in nonce order. */
  all(): Iterable<ParsedTx> {
    return this.#ids.values();
  }

  /** The sender's waiting transactions before this nonce: what a trial must run first. */
  pendingBefore(sender: Uint8Array, nonce: bigint): readonly ParsedTx[] {
    const queue = this.#queues.get(bytesToKey(sender));
    return queue === undefined ? [] : queue.txs.filter((tx) => nonceOf(tx) < nonce);
  }

  /** The transaction that waits for the same duty: of this node, kind, epoch and revision. */
  dutyTwin(duty: DutyUnsigned): ParsedTx | undefined {
    return this.#duties.get(dutyKeyOf(duty));
  }

  /** How many of the sender's transactions wait. */
  pendingCount(sender: Uint8Array): number {
    return this.#queues.get(bytesToKey(sender))?.txs.length ?? 0;
  }

  /** Nonce of the sender's last waiting transaction. */
  lastNonce(sender: Uint8Array): bigint | undefined {
    const last = this.#queues.get(bytesToKey(sender))?.txs.at(-1);
    return last === undefined ? undefined : nonceOf(last);
  }

  /** @throws TxError TX_ALREADY_KNOWN, TX_MEMPOOL_FULL, TX_WRONG_NONCE or TX_REPLACEMENT_UNDERPRICED. */
  add(tx: ParsedTx): void {
    const id = bytesToKey(tx.id);
    if (this.#ids.has(id)) throw new TxError('TX_ALREADY_KNOWN');
    const {unsigned} = tx.tx;
    if (isDuty(unsigned)) {
      this.#addDuty(tx, dutyKeyOf(unsigned));
      this.#ids.set(id, tx);
    } else this.#addAccountTx(tx);
  }

  #addDuty(tx: ParsedTx, key: string): void {
    if (this.#duties.has(key)) throw new TxError('TX_DUPLICATE_DUTY');
    const {dutyTxs, dutyBytes} = MEMPOOL_LIMITS;
    const bytes = this.#dutyBytes + tx.bytes.length;
    if (this.#duties.size >= dutyTxs || bytes > dutyBytes) throw new TxError('TX_MEMPOOL_FULL');
    this.#duties.set(key, tx);
    this.#dutyBytes = bytes;
  }

  #addAccountTx(tx: ParsedTx): void {
    const sender = senderOf(tx);
    const nonce = nonceOf(tx);
    const queue = this.#queues.get(sender) ?? {sender, txs: [], lowestFee: feeOf(tx)};
    const index = queue.txs.findIndex((other) => nonceOf(other) >= nonce);
    const behind = queue.txs[index];
    if (behind === undefined) this.#append(queue, tx);
    else if (nonceOf(behind) === nonce) this.#replace(queue, index, tx);
    else this.#insert(queue, tx);
  }

  #append(queue: Queue, tx: ParsedTx): void {
    const last = queue.txs.at(-1);
    if (last !== undefined && nonceOf(tx) !== nonceOf(last) + 1n) {
      throw new TxError('TX_WRONG_NONCE', {nonce: nonceOf(tx), expected: nonceOf(last) + 1n});
    }
    if (queue.txs.length >= MEMPOOL_LIMITS.perAccount) throw new TxError('TX_MEMPOOL_FULL');
    this.#makeRoom(queue, tx);
    this.#put(queue, queue.txs.length, tx);
  }

  /** Before others of its sender, which can do nothing without it: when there is no room, their last one goes. */
  #insert(queue: Queue, tx: ParsedTx): void {
    if (queue.txs.length >= MEMPOOL_LIMITS.perAccount) this.#dropLast(queue);
    this.#makeRoom(queue, tx);
    const index = queue.txs.findIndex((other) => nonceOf(other) > nonceOf(tx));
    this.#put(queue, index < 0 ? queue.txs.length : index, tx);
  }

  #put(queue: Queue, index: number, tx: ParsedTx): void {
    queue.txs.splice(index, 0, tx);
    noteLowestFee(queue);
    this.#queues.set(queue.sender, queue);
    this.#accountTxs += 1;
    this.#accountBytes += tx.bytes.length;
    for (const each of queue.txs.slice(index)) {
      const id = bytesToKey(each.id);
      this.#ids.delete(id);
      this.#ids.set(id, each);
    }
  }

  /** A higher fee takes the place, and what came after it has to come again. */
  #replace(queue: Queue, index: number, tx: ParsedTx): void {
    const old = queue.txs[index];
    if (old === undefined || feeOf(tx) <= feeOf(old)) {
      throw new TxError('TX_REPLACEMENT_UNDERPRICED', {fee: feeOf(tx)});
    }
    const freed = queue.txs.slice(index).reduce((sum, {bytes}) => sum + bytes.length, 0);
    if (this.#accountBytes - freed + tx.bytes.length > MEMPOOL_LIMITS.accountBytes) {
      throw new TxError('TX_MEMPOOL_FULL');
    }
    this.#drop(queue, [index, queue.txs.length], 'TX_REPLACED');
    this.#put(queue, index, tx);
  }

  #isFull(extra: number): boolean {
    const {accountTxs, accountBytes} = MEMPOOL_LIMITS;
    return this.#accountTxs >= accountTxs || this.#accountBytes + extra > accountBytes;
  }

  /**
   * Full: the last transaction of the cheapest queue goes, if that of the new one pays more with it; else
   * the last one of its own sender behind it.
   */
  #makeRoom(own: Queue, tx: ParsedTx): void {
    const fee = lower(own.lowestFee, feeOf(tx));
    while (this.#isFull(tx.bytes.length)) {
      const cheapest = this.#cheapestBut(own);
      if (cheapest !== undefined && cheapest.lowestFee < fee) this.#dropLast(cheapest);
      else if (isBehind(own.txs.at(-1), tx)) this.#dropLast(own);
      else throw new TxError('TX_MEMPOOL_FULL');
    }
  }

  #cheapestBut(own: Queue): Queue | undefined {
    let cheapest: Queue | undefined;
    for (const queue of this.#queues.values()) {
      if (queue === own) continue;
      if (cheapest === undefined || queue.lowestFee < cheapest.lowestFee) cheapest = queue;
    }
    return cheapest;
  }

  #dropLast(queue: Queue): void {
    this.#drop(queue, [queue.txs.length - 1, queue.txs.length], 'TX_MEMPOOL_FULL');
  }

  #drop(queue: Queue, [from, to]: readonly [number, number], code?: TxErrorCode): void {
    for (const tx of queue.txs.splice(from, to - from)) {
      this.#ids.delete(bytesToKey(tx.id));
      this.#accountTxs -= 1;
      this.#accountBytes -= tx.bytes.length;
      if (code !== undefined) this.#onRefused(tx, code);
    }
    noteLowestFee(queue);
    if (queue.txs.length === 0) this.#queues.delete(queue.sender);
  }

  /** Takes a transaction out that has turned out invalid. */
  refuse(tx: ParsedTx, code: TxErrorCode): void {
    this.remove(tx);
    this.#onRefused(tx, code);
  }

  /** Takes a transaction out: it was accepted. */
  remove({id, tx, bytes}: ParsedTx): void {
    if (!this.#ids.has(bytesToKey(id))) return;
    const {unsigned} = tx;
    if (isDuty(unsigned)) {
      this.#ids.delete(bytesToKey(id));
      this.#duties.delete(dutyKeyOf(unsigned));
      this.#dutyBytes -= bytes.length;
      return;
    }
    const queue = this.#queues.get(bytesToKey(unsigned.value.sender));
    const index = queue?.txs.findIndex((other) => nonceOf(other) === unsigned.value.nonce) ?? -1;
    if (queue !== undefined && index >= 0) this.#drop(queue, [index, index + 1]);
  }

  /**
   * A block with this transaction is accepted: it goes, and with it what can never follow it: the
   * sender's other transactions up to its nonce, another transaction for the same duty.
   */
  removeSettled(settled: ParsedTx): void {
    this.remove(settled);
    const {unsigned} = settled.tx;
    if (isDuty(unsigned)) {
      const twin = this.#duties.get(dutyKeyOf(unsigned));
      if (twin !== undefined) this.refuse(twin, 'TX_DUPLICATE_DUTY');
      return;
    }
    const queue = this.#queues.get(bytesToKey(unsigned.value.sender));
    if (queue === undefined) return;
    const left = queue.txs.findIndex((other) => nonceOf(other) > unsigned.value.nonce);
    this.#drop(queue, [0, left < 0 ? queue.txs.length : left], 'TX_WRONG_NONCE');
  }

  /** Drops account transactions that no block above this height may hold, and those behind them. */
  dropExpired(height: bigint): void {
    for (const queue of [...this.#queues.values()]) {
      const first = queue.txs.findIndex((tx) => expiryOf(tx) <= height);
      if (first < 0) continue;
      this.#drop(queue, [first + 1, queue.txs.length], 'TX_WRONG_NONCE');
      this.#drop(queue, [first, first + 1], 'TX_EXPIRED');
    }
  }

  /** Drops the duties of which this says why. */
  dropDuties(refusalOf: (duty: DutyUnsigned) => TxErrorCode | undefined): void {
    for (const parsed of [...this.#duties.values()]) {
      const code = refusalOf(parsed.tx.unsigned as DutyUnsigned);
      if (code !== undefined) this.refuse(parsed, code);
    }
  }

  duties(): Iterable<ParsedTx> {
    return [...this.#duties.values()];
  }

  /** Account transactions, best fee first, each sender's in nonce order. */
  *accountTxs(): Generator<ParsedTx> {
    const heads = [...this.#queues.values()].map(({txs}) => ({txs: [...txs], next: 0}));
    while (heads.length > 0) {
      let best = 0;
      for (const [index, head] of heads.entries()) {
        const [tx, leader] = [head.txs[head.next], heads[best]?.txs[heads[best]?.next ?? 0]];
        if (tx !== undefined && leader !== undefined && feeOf(tx) > feeOf(leader)) best = index;
      }
      const head = heads[best];
      const tx = head?.txs[head.next];
      if (head === undefined || tx === undefined) return;
      yield tx;
      head.next += 1;
      if (head.next === head.txs.length) heads.splice(best, 1);
    }
  }
}
