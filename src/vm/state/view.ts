import type {MerkleMap} from './merkle-map.ts';
import {MerkleMapBuilder} from './merkle-map-builder.ts';
import type {Entry} from './trie-bulk.ts';

/** Key-value state, read side. Callers never change the bytes they get. */
export type StateReader = {
  get(key: Uint8Array): Uint8Array | undefined;
  /** Ascending by key. */
  entries(prefix: Uint8Array): Iterable<readonly [Uint8Array, Uint8Array]>;
};

export type StateWriter = StateReader & {
  put(key: Uint8Array, value: Uint8Array): void;
  /** Puts many at once; their keys are strictly ascending. */
  putAll(sortedEntries: readonly Entry[]): void;
  delete(key: Uint8Array): void;
  /** Deletes all keys that begin with `prefix`. */
  deleteAll(prefix: Uint8Array): void;
};

/** A point to return to: see StateView.restore. */
export type Snapshot = {readonly map: MerkleMap; readonly touched: number};

/**
 * State under execution, on top of an immutable map. Isolation comes for free: the map it started
 * from never changes.
 */
export class StateView implements StateWriter {
  #entries: MerkleMapBuilder;
  readonly #touched: Uint8Array[] = [];

  constructor(map: MerkleMap) {
    this.#entries = new MerkleMapBuilder(map);
  }

  /** The state as it is now. */
  get map(): MerkleMap {
    return this.#entries.toMap();
  }

  /** Every key written so far, in order; some twice, some since restored. */
  get touched(): readonly Uint8Array[] {
    return this.#touched;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(key);
  }

  entries(prefix: Uint8Array): Iterable<readonly [Uint8Array, Uint8Array]> {
    return this.#entries.entries(prefix);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#entries.put(key, value);
    this.#touched.push(key);
  }

  putAll(sortedEntries: readonly Entry[]): void {
    this.#entries.putAll(sortedEntries);
    for (const [key] of sortedEntries) this.#touched.push(key);
  }

  delete(key: Uint8Array): void {
    this.#entries.delete(key);
    this.#touched.push(key);
  }

  deleteAll(prefix: Uint8Array): void {
    for (const key of this.#entries.cut(prefix)) this.#touched.push(key);
  }

  snapshot(): Snapshot {
    return {map: this.map, touched: this.#touched.length};
  }

  /** Undoes everything since the snapshot. */
  restore({map, touched}: Snapshot): void {
    this.#entries = new MerkleMapBuilder(map);
    this.#touched.length = touched;
  }
}
