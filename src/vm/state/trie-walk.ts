import {stateKeyBit} from '../../crypto/state-proof.ts';
import {startsWithBytes} from '../../protocol/bytes.ts';
import {differingBit, Inner, leafTowards, type Trie, type TrieNode} from './trie.ts';
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

/** Not a generator: walks are most of what reads the state, and resuming one costs as much as a step. */
class SubtreeWalk implements IterableIterator<Entry, undefined> {
  readonly #pending: TrieNode[];

  /** @param pending subtrees, that of the first keys last. */
  constructor(pending: TrieNode[]) {
    this.#pending = pending;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Entry, undefined> {
    let node = this.#pending.pop();
    if (node === undefined) return {done: true, value: undefined};
    while (node instanceof Inner) {
      this.#pending.push(node.right);
      node = node.left;
    }
    return {done: false, value: [node.key, node.value]};
  }
}

/** Leaves below a node in key order; one tuple per entry, and a stack of at most the depth. */
export function walkSubtree(top: TrieNode): IterableIterator<Entry, undefined> {
  return new SubtreeWalk([top]);
}

/** What a subtree holds after a key, as subtrees: that of the first keys last. */
function subtreesAfter(top: TrieNode, key: Uint8Array): TrieNode[] {
  const bit = differingBit(key, leafTowards(top, key).key);
  const later: TrieNode[] = [];
  let node = top;
  while (node instanceof Inner && node.bitIndex < bit) {
    const isLeft = stateKeyBit(key, node.bitIndex) === 0;
    if (isLeft) later.push(node.right);
    node = isLeft ? node.left : node.right;
  }
  // All below differ from the key in this one bit first; where nothing differs, it is the key's leaf.
  if (bit < key.length * 8 && stateKeyBit(key, bit) === 0) later.push(node);
  return later;
}

const NO_ENTRIES: readonly Entry[] = [];

/** Leaves whose key begins with the prefix, in key order: all, or those after a key that does, too. */
export function walkEntries(trie: Trie, prefix: Uint8Array, after?: Uint8Array): Iterable<Entry> {
  const top = subtreeOf(trie, prefix);
  if (top === undefined) return NO_ENTRIES;
  return after === undefined ? walkSubtree(top) : new SubtreeWalk(subtreesAfter(top, after));
}
