import {MerkleMap} from './merkle-map.ts';
import {findLeaf, Leaf, type Owner, putLeaf, removeLeaf, type Trie} from './trie.ts';
import {type Entry, trieFromSorted} from './trie-bulk.ts';
import {cutPrefix} from './trie-cut.ts';
import {unite} from './trie-union.ts';
import {walkEntries} from './trie-walk.ts';

/**
 * Many changes to a map as one batch: the nodes made by the batch are changed in place, so that a
 * put does not copy its whole path. The map it began with and every map it made stay as they were.
 */
export class MerkleMapBuilder {
  #trie: Trie;
  #owner: Owner = {batch: true};

  constructor(base: MerkleMap) {
    this.#trie = base.trie;
  }

  get size(): number {
    return this.#trie.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return findLeaf(this.#trie, key)?.value;
  }

  has(key: Uint8Array): boolean {
    return findLeaf(this.#trie, key) !== undefined;
  }

  /** @throws InvariantError when `key` is a prefix of another key, or the other way round. */
  put(key: Uint8Array, value: Uint8Array): void {
    this.#trie = putLeaf(this.#trie, new Leaf(key, value), this.#owner);
  }

  /**
   * Puts all of these.
   * @throws InvariantError when the keys are not strictly ascending, or as `put` does.
   */
  putAll(sortedEntries: Iterable<Entry>): void {
    this.#trie = unite(this.#trie, trieFromSorted(sortedEntries), this.#owner);
  }

  delete(key: Uint8Array): void {
    this.#trie = removeLeaf(this.#trie, key, this.#owner);
  }

  /** Removes all keys that begin with `prefix`, as one change. @returns them, ascending. */
  cut(prefix: Uint8Array): readonly Uint8Array[] {
    const keys = Array.from(walkEntries(this.#trie, prefix), ([key]) => key);
    this.#trie = cutPrefix(this.#trie, prefix, {count: keys.length, owner: this.#owner});
    return keys;
  }

  /** Entries as they are now, ascending; the walk does not see what the builder does meanwhile. */
  entries(prefix?: Uint8Array): Iterable<Entry> {
    return this.toMap().entries(prefix);
  }

  /** The map as it is now. The builder may go on: its next batch leaves this map alone. */
  toMap(): MerkleMap {
    this.#owner = {batch: true};
    return new MerkleMap(this.#trie);
  }
}
