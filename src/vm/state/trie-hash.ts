import {sha256Key} from '../../crypto/hash.ts';
import {stateLeafKey, stateNodeKey} from '../../crypto/state-proof.ts';
import {type Hash, keyToBytes, toHash} from '../../protocol/bytes.ts';
import {Leaf, type TrieNode} from './trie.ts';

/** Fills in missing hashes and counts what that cost. */
export class HashCounter {
  /** SHA-256 invocations so far: two per leaf (value, entry), one per inner node. */
  count = 0;

  /** PERF: duties that begin together share one value. */
  #last: {readonly value: Uint8Array; readonly key: string} | undefined;

  #keyOfValue(value: Uint8Array): string {
    if (this.#last?.value !== value) {
      this.count += 1;
      this.#last = {value, key: sha256Key(value)};
    }
    return this.#last.key;
  }

  /** Hash of a subtree; only nodes without one are computed. */
  hashOf(node: TrieNode): Hash {
    return toHash(keyToBytes(this.keyOf(node)));
  }

  /** The hash as bytesToKey would write it. Recursion is at most 512 deep. */
  keyOf(node: TrieNode): string {
    if (node.hashKey !== undefined) return node.hashKey;
    if (node instanceof Leaf) {
      this.count += 1;
      node.hashKey = stateLeafKey(node.key, this.#keyOfValue(node.value));
    } else {
      node.leftKey ??= this.keyOf(node.left);
      node.rightKey ??= this.keyOf(node.right);
      this.count += 1;
      node.hashKey = stateNodeKey(node.bitIndex, node.leftKey, node.rightKey);
    }
    return node.hashKey;
  }
}
