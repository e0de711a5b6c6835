import {
  leafBytes,
  MAX_SUBTREE_BYTES,
  type StateLeaf,
  type StateSubtree,
} from '../../protocol/chain/state-subtree.ts';
import type {MerkleMap} from './merkle-map.ts';
import {Inner, type TrieNode} from './trie.ts';
import {HashCounter} from './trie-hash.ts';
import {walkSubtree} from './trie-walk.ts';

const UNKNOWN: StateSubtree = {type: 'unknown', value: {}};

/** All leaves below a node, or undefined when they are too long together. */
function leavesOf(node: TrieNode): StateLeaf[] | undefined {
  const leaves: StateLeaf[] = [];
  let left = MAX_SUBTREE_BYTES;
  for (const [key, value] of walkSubtree(node)) {
    left -= leafBytes(key, value);
    if (left < 0 && node instanceof Inner) return undefined;
    leaves.push({key, value});
  }
  return leaves;
}

/**
 * What a node of the map is, for somebody who knows its hash: all leaves below it when they fit into
 * one message, else its own fields. A path that leads nowhere is unknown. SPEC.md §12.2.
 */
export function readSubtree({trie}: MerkleMap, path: readonly boolean[]): StateSubtree {
  let node = trie.root;
  for (const isRight of path) {
    if (!(node instanceof Inner)) return UNKNOWN;
    node = isRight ? node.right : node.left;
  }
  if (node === undefined) return UNKNOWN;
  const leaves = leavesOf(node);
  if (leaves !== undefined) return {type: 'leaves', value: {leaves}};
  if (!(node instanceof Inner)) return UNKNOWN;
  const hashes = new HashCounter();
  const [left, right] = [hashes.hashOf(node.left), hashes.hashOf(node.right)];
  return {type: 'inner', value: {bitIndex: node.bitIndex, left, right}};
}
