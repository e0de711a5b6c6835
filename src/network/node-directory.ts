import type {Signer} from '../crypto/ml-dsa.ts';
import {bytesToKey, equalBytes, type NodeId} from '../protocol/bytes.ts';
import {MAX_ADDRESSES, type SignedPeerRecord} from '../protocol/overlay/peer-record.ts';
import type {Directory} from './directory.ts';
import type {ChainRef, NetworkPorts} from './overlay-init.ts';
import {isCurrent, signPeerRecord} from './peer-records.ts';
import type {RecordBook} from './record-book.ts';
import type {RecordTable} from './record-table.ts';

const LOOKUP_TIMEOUT_MS = 5000;
const PUT_TIMEOUT_MS = 10_000;
/** A node that nobody has heard of is not asked for again within this time. */
const ABSENT_MS = 3000;
const MAX_ABSENT = 4096;

export type NodeDirectoryInit = {
  readonly chain: ChainRef;
  readonly nodeId: NodeId;
  readonly signer: Signer;
  /** Bytes of the libp2p identity. */
  readonly peerId: Uint8Array;
  readonly addresses: () => readonly string[];
  readonly recordLifeMs: number;
  readonly book: RecordBook;
  readonly table: RecordTable;
  /** A look-up that ends because the overlay stops has not failed. */
  readonly isRunning: () => boolean;
  readonly ports: NetworkPorts;
};

const withTimeout = (ms: number, signal: AbortSignal | undefined): AbortSignal =>
  signal === undefined
    ? AbortSignal.timeout(ms)
    : AbortSignal.any([signal, AbortSignal.timeout(ms)]);

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);

/** Directory of a service node: what it knows itself, then what the DHT knows. */
export class NodeDirectory implements Directory {
  readonly #init: NodeDirectoryInit;
  readonly #lookups = new Map<string, Promise<SignedPeerRecord | undefined>>();
  /** Until when a look-up that found nothing counts, in ms of the clock that nobody sets. */
  readonly #absent = new Map<string, number>();
  #own: SignedPeerRecord | undefined;
  #putTo = 0;

  constructor(init: NodeDirectoryInit) {
    this.#init = init;
  }

  /** Peers that took the last published record. */
  get reach(): number {
    return this.#putTo;
  }

  async publish(signal?: AbortSignal): Promise<SignedPeerRecord> {
    const signed = this.#sign();
    this.#putTo = await this.#init.table.put(signed, withTimeout(PUT_TIMEOUT_MS, signal));
    return signed;
  }

  /** This node's record: signed anew when half of its life is over, or its addresses are others. */
  own(): SignedPeerRecord {
    return this.isDue() || this.#own === undefined ? this.#sign() : this.#own;
  }

  /** Whether the published record should be replaced. */
  isDue(): boolean {
    const own = this.#own?.record;
    if (own === undefined) return true;
    const {recordLifeMs, ports} = this.#init;
    const leftMs = Number(own.expiresMs) - ports.nowMs();
    return leftMs < recordLifeMs / 2 || !sameTexts(own.addresses, this.#addresses());
  }

  #addresses(): readonly string[] {
    return this.#init.addresses().slice(0, MAX_ADDRESSES);
  }

  #sign(): SignedPeerRecord {
    const {chain, nodeId, peerId, recordLifeMs, signer, ports} = this.#init;
    const now = BigInt(ports.nowMs());
    const last = this.#own?.record.sequence ?? 0n;
    this.#own = signPeerRecord(
      {
        ...chain,
        nodeId,
        peerId,
        addresses: [...this.#addresses()],
        sequence: now > last ? now : last + 1n,
        expiresMs: now + BigInt(recordLifeMs),
      },
      signer,
    );
    return this.#own;
  }

  recall(nodeId: NodeId): SignedPeerRecord | undefined {
    return equalBytes(nodeId, this.#init.nodeId) ? this.own() : this.#init.book.get(nodeId);
  }

  async find(nodeId: NodeId, signal?: AbortSignal): Promise<SignedPeerRecord | undefined> {
    const known = this.recall(nodeId);
    if (known !== undefined) return known;
    const key = bytesToKey(nodeId);
    if ((this.#absent.get(key) ?? 0) > performance.now()) return undefined;
    let lookup = this.#lookups.get(key);
    if (lookup === undefined) {
      lookup = this.#lookUp(nodeId, key).finally(() => this.#lookups.delete(key));
      this.#lookups.set(key, lookup);
    }
    if (signal === undefined) return lookup;
    return this.#raced(lookup, signal);
  }

  /** Who asks first may go away: the look-up is of all who ask. */
  async #raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, {once: true});
    try {
      return await Promise.race([work, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #lookUp(nodeId: NodeId, key: string): Promise<SignedPeerRecord | undefined> {
    const {table, book, isRunning, ports} = this.#init;
    try {
      const found = await table.get(nodeId, AbortSignal.timeout(LOOKUP_TIMEOUT_MS));
      if (found !== undefined) await this.learn(found);
    } catch (error) {
      // A DHT without peers, or too slow, has no answer; forgeries are turned away by its validator.
      if (isRunning()) ports.onError('network.lookup', error);
    }
    const known = book.get(nodeId);
    if (known === undefined) this.#noteAbsent(key);
    return known;
  }

  #noteAbsent(key: string): void {
    if (this.#absent.size >= MAX_ABSENT) this.#absent.clear();
    this.#absent.set(key, performance.now() + ABSENT_MS);
  }

  async learn(record: SignedPeerRecord, signal?: AbortSignal): Promise<boolean> {
    const isNew = await this.#init.book.learn(record, signal);
    if (isNew) this.#absent.delete(bytesToKey(record.record.nodeId));
    return isNew;
  }

  known(): readonly SignedPeerRecord[] {
    const {book, nodeId, ports} = this.#init;
    const others = book.all().filter(({record}) => !equalBytes(record.nodeId, nodeId));
    const own = this.#own;
    return own !== undefined && isCurrent(own.record, ports.nowMs()) ? [own, ...others] : others;
  }
}
