import {bytesToKey, type Hash} from '../../protocol/bytes.ts';
import type {MerkleMap} from './merkle-map.ts';
import {Inner, type TrieNode} from './trie.ts';
import {HashCounter} from './trie-hash.ts';

/**
 * Subtrees of maps at hand, by hash: what another version of the state has in common with them needs
 * not be fetched. Hashes everything that has no hash yet.
 */
export class SubtreeIndex {
  readonly #nodes = new Map<string, TrieNode>();

  constructor(maps: readonly MerkleMap[]) {
    const hashes = new HashCounter();
    for (const {trie} of maps) {
      const pending = trie.root === undefined ? [] : [trie.root];
      for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
        this.#nodes.set(hashes.keyOf(node), node);
        if (node instanceof Inner) pending.push(node.left, node.right);
      }
    }
  }

  find(hash: Hash): TrieNode | undefined {
    return this.#nodes.get(bytesToKey(hash));
  }
}
