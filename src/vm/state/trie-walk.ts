import {stateKeyBit} from '../../crypto/state-proof.ts';
import {startsWithBytes} from '../../protocol/bytes.ts';
import {Inner, type Leaf, leafTowards, type Trie, type TrieNode} from './trie.ts';
import type {Entry} from './trie-bulk.ts';

/** The subtree of exactly the keys with this prefix. */
function subtreeOf({root}: Trie, prefix: Uint8Array): TrieNode | undefined {
  if (root === undefined) return undefined;
  let node = root;
  while (node instanceof Inner && node.bitIndex < prefix.length * 8) {
    node = stateKeyBit(prefix, node.bitIndex) === 0 ? node.left : node.right;
  }
  // All keys below share the bits in question, so any one of them speaks for the others.
  return startsWithBytes(leafTowards(node, prefix).key, prefix) ? node : undefined;
}

/** Leaves below a node in key order; one tuple per entry, and a stack of at most the depth. */
export function* walkSubtree(top: TrieNode): Generator<Entry, void, undefined> {
  const pending: TrieNode[] = [];
  let node: TrieNode | undefined = top;
  while (node !== undefined) {
    while (node instanceof Inner) {
      pending.push(node.right);
      node = node.left;
    }
    const leaf: Leaf = node;
    yield [leaf.key, leaf.value];
    node = pending.pop();
  }
}

const NO_ENTRIES: readonly Entry[] = [];

/** Leaves whose key begins with the prefix, in key order. */
export function walkEntries(trie: Trie, prefix: Uint8Array): Iterable<Entry> {
  const top = subtreeOf(trie, prefix);
  return top === undefined ? NO_ENTRIES : walkSubtree(top);
}
