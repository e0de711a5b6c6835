import {
  leafBytes,
  MAX_SUBTREE_BYTES,
  MAX_SUBTREE_NODES,
  type StateInner,
  type StateLeaf,
  type StateSubtree,
} from '../../protocol/chain/state-subtree.ts';
import type {MerkleMap} from './merkle-map.ts';
import {Inner, type TrieNode} from './trie.ts';
import {HashCounter} from './trie-hash.ts';
import {walkSubtree} from './trie-walk.ts';

const UNKNOWN: StateSubtree = {type: 'unknown', value: {}};

function isTooLong(node: Inner): boolean {
  let left = MAX_SUBTREE_BYTES;
  for (const [key, value] of walkSubtree(node)) {
    left -= leafBytes(key, value);
    if (left < 0) return true;
  }
  return false;
}

/**
 * Reads subtrees of maps for those who know their hashes. Remembers which nodes are large: versions of
 * a map share nodes, and whoever asks again costs little.
 */
export class SubtreeReader {
  readonly #large = new WeakMap<Inner, boolean>();

  /** Whether the leaves below a node are too long together; a single leaf never is. */
  #isLarge(node: TrieNode): node is Inner {
    if (!(node instanceof Inner)) return false;
    const known = this.#large.get(node);
    if (known !== undefined) return known;
    const isLarge = isTooLong(node);
    this.#large.set(node, isLarge);
    return isLarge;
  }

  /** A large node and the large ones below it, level by level. */
  #topOf(large: Inner): StateInner[] {
    const hashes = new HashCounter();
    const nodes: StateInner[] = [];
    const queue = [large];
    for (const {bitIndex, left, right} of queue) {
      nodes.push({bitIndex, left: hashes.hashOf(left), right: hashes.hashOf(right)});
      for (const child of [left, right]) {
        if (queue.length < MAX_SUBTREE_NODES && this.#isLarge(child)) queue.push(child);
      }
    }
    return nodes;
  }

  /**
   * All leaves below a node when they fit into one message, else the top of its subtree. A path that
   * leads nowhere is unknown. SPEC.md §12.2.
   */
  read({trie}: MerkleMap, path: readonly boolean[]): StateSubtree {
    let node = trie.root;
    for (const isRight of path) {
      if (!(node instanceof Inner)) return UNKNOWN;
      node = isRight ? node.right : node.left;
    }
    if (node === undefined) return UNKNOWN;
    if (this.#isLarge(node)) return {type: 'top', value: {nodes: this.#topOf(node)}};
    const leaves: StateLeaf[] = [];
    for (const [key, value] of walkSubtree(node)) leaves.push({key, value});
    return {type: 'leaves', value: {leaves}};
  }
}
