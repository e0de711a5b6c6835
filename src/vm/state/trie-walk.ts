import {stateKeyBit} from '../../crypto/state-proof.ts';
import {startsWithBytes} from '../../protocol/bytes.ts';
import {Inner, leafTowards, type Trie, type TrieNode} from './trie.ts';
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

  constructor(top: TrieNode) {
    this.#pending = [top];
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
  return new SubtreeWalk(top);
}

const NO_ENTRIES: readonly Entry[] = [];

/** Leaves whose key begins with the prefix, in key order. */
export function walkEntries(trie: Trie, prefix: Uint8Array): Iterable<Entry> {
  const top = subtreeOf(trie, prefix);
  return top === undefined ? NO_ENTRIES : walkSubtree(top);
}
