import {stateKeyBit} from '../../crypto/state-proof.ts';
import {Leaf, type Owner, type Trie, type TrieNode, withChild} from './trie.ts';

/** The node without the subtree that the prefix leads to; there is one. */
function without(
  node: TrieNode,
  prefix: Uint8Array,
  owner: Owner | undefined,
): TrieNode | undefined {
  if (node instanceof Leaf || node.bitIndex >= prefix.length * 8) return undefined;
  const side = stateKeyBit(prefix, node.bitIndex);
  const child = without(side === 0 ? node.left : node.right, prefix, owner);
  if (child === undefined) return side === 0 ? node.right : node.left;
  return withChild(node, side, child, owner);
}

/** The trie without all keys that begin with the prefix, of which there are `count`. */
export function cutPrefix(
  {root, size}: Trie,
  prefix: Uint8Array,
  {count, owner}: {readonly count: number; readonly owner: Owner | undefined},
): Trie {
  if (root === undefined || count === 0) return {root, size};
  return {root: without(root, prefix, owner), size: size - count};
}
