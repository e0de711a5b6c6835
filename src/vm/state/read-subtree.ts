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

/** Whether the leaves below a node are too long together; a single leaf never is. */
function isLarge(node: TrieNode): node is Inner {
  if (!(node instanceof Inner)) return false;
  let left = MAX_SUBTREE_BYTES;
  for (const [key, value] of walkSubtree(node)) {
    left -= leafBytes(key, value);
    if (left < 0) return true;
  }
  return false;
}

/** A large node and the large ones below it, level by level. */
function topOf(large: Inner): StateInner[] {
  const hashes = new HashCounter();
  const nodes: StateInner[] = [];
  const queue = [large];
  for (const {bitIndex, left, right} of queue) {
    nodes.push({bitIndex, left: hashes.hashOf(left), right: hashes.hashOf(right)});
    for (const child of [left, right]) {
      if (queue.length < MAX_SUBTREE_NODES && isLarge(child)) queue.push(child);
    }
  }
  return nodes;
}

/**
 * What a node of the map is, for somebody who knows its hash: all leaves below it when they fit into
 * one message, else the top of its subtree. A path that leads nowhere is unknown. SPEC.md §12.2.
 */
export function readSubtree({trie}: MerkleMap, path: readonly boolean[]): StateSubtree {
  let node = trie.root;
  for (const isRight of path) {
    if (!(node instanceof Inner)) return UNKNOWN;
    node = isRight ? node.right : node.left;
  }
  if (node === undefined) return UNKNOWN;
  if (isLarge(node)) return {type: 'top', value: {nodes: topOf(node)}};
  const leaves: StateLeaf[] = [];
  for (const [key, value] of walkSubtree(node)) leaves.push({key, value});
  return {type: 'leaves', value: {leaves}};
}
