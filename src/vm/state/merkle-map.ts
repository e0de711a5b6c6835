import {type Hash, ZERO_HASH} from '../../protocol/bytes.ts';
import type {StatePrefixProof} from '../../protocol/chain/state-prefix-proof.ts';
import type {StateProof} from '../../protocol/chain/state-proof.ts';
import {provePrefix} from './prefix-proof.ts';
import {proveKey} from './proof.ts';
import {EMPTY_TRIE, findLeaf, Leaf, putLeaf, removeLeaf, type Trie} from './trie.ts';
import {type Entry, trieFromSorted} from './trie-bulk.ts';
import {HashCounter} from './trie-hash.ts';
import {walkEntries} from './trie-walk.ts';

const NO_PREFIX = new Uint8Array();

/**
 * The authenticated state: an immutable ordered map of bytes to bytes with a Merkle root. SPEC.md §8.
 * A change makes a new version that shares all untouched nodes with the old one, and the root of a
 * version hashes only what no earlier root has hashed. The root depends on the entries alone.
 *
 * Keys have 1 … 64 bytes and none is a prefix of another. Keys and values are kept and handed out
 * without a copy: nobody may change them afterwards.
 */
export class MerkleMap {
  static readonly empty = new MerkleMap(EMPTY_TRIE);

  /** For the batch in merkle-map-builder.ts. */
  readonly trie: Trie;

  constructor(trie: Trie) {
    this.trie = trie;
  }

  /**
   * The map of these entries, without the cost of single puts.
   * @throws InvariantError when the keys are not strictly ascending and prefix-free.
   */
  static fromEntries(sortedEntries: Iterable<Entry>): MerkleMap {
    return new MerkleMap(trieFromSorted(sortedEntries));
  }

  get size(): number {
    return this.trie.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return findLeaf(this.trie, key)?.value;
  }

  has(key: Uint8Array): boolean {
    return findLeaf(this.trie, key) !== undefined;
  }

  #next(trie: Trie): MerkleMap {
    return trie === this.trie ? this : new MerkleMap(trie);
  }

  /**
   * The version with `key` set to `value`; this version when it already is.
   * @throws InvariantError when `key` is a prefix of another key, or the other way round.
   */
  put(key: Uint8Array, value: Uint8Array): MerkleMap {
    return this.#next(putLeaf(this.trie, new Leaf(key, value), undefined));
  }

  /** The version without `key`; this version when it is absent. */
  delete(key: Uint8Array): MerkleMap {
    return this.#next(removeLeaf(this.trie, key, undefined));
  }

  /**
   * Entries of this version in ascending key order: all, or those whose key starts with `prefix`; of
   * these all, or those after a key that does, too, and is no prefix of another.
   */
  entries(prefix: Uint8Array = NO_PREFIX, after?: Uint8Array): Iterable<Entry> {
    return walkEntries(this.trie, prefix, after);
  }

  /** 32 zero bytes for the empty map. */
  root(): Hash {
    return this.rootWithCount().root;
  }

  /** The root, and how many SHA-256 invocations this call needed. */
  rootWithCount(): {readonly root: Hash; readonly hashes: number} {
    const {root} = this.trie;
    if (root === undefined) return {root: ZERO_HASH, hashes: 0};
    const counter = new HashCounter();
    return {root: counter.hashOf(root), hashes: counter.count};
  }

  /** Proof of the value or the absence of `key`, for `verifyStateProof`. */
  prove(key: Uint8Array): StateProof {
    return proveKey(this.trie, key);
  }

  /**
   * Proof of all entries whose keys begin with `prefix`, for `verifyStatePrefixProof`; undefined when
   * there are more than `maxEntries`, or more than a proof may hold.
   */
  provePrefix(prefix: Uint8Array, maxEntries: number): StatePrefixProof | undefined {
    return provePrefix(this.trie, prefix, maxEntries);
  }
}
