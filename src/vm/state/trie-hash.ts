import {sha256} from '../../crypto/hash.ts';
import {stateLeafHash, stateNodeHash} from '../../crypto/state-proof.ts';
import type {Hash} from '../../protocol/bytes.ts';
import {Leaf, type TrieNode} from './trie.ts';

/** Fills in missing hashes and counts what that cost. */
export class HashCounter {
  /** SHA-256 invocations so far: two per leaf (value, entry), one per inner node. */
  count = 0;

  /** PERF: duties that begin together share one value. */
  #last: {readonly value: Uint8Array; readonly hash: Hash} | undefined;

  #hashOfValue(value: Uint8Array): Hash {
    if (this.#last?.value !== value) {
      this.count += 1;
      this.#last = {value, hash: sha256(value)};
    }
    return this.#last.hash;
  }

  /** Hash of a subtree; only nodes without one are computed. Recursion is at most 512 deep. */
  hashOf(node: TrieNode): Hash {
    if (node.hash !== undefined) return node.hash;
    if (node instanceof Leaf) {
      this.count += 1;
      node.hash = stateLeafHash(node.key, this.#hashOfValue(node.value));
    } else {
      const left = this.hashOf(node.left);
      const right = this.hashOf(node.right);
      this.count += 1;
      node.hash = stateNodeHash(node.bitIndex, left, right);
    }
    return node.hash;
  }
}
