import {InvariantError} from '../../protocol/errors.ts';
import {checkKey, differingBit, EMPTY_TRIE, Inner, Leaf, type Trie, type TrieNode} from './trie.ts';

/** Entry of the state map: key, value. Neither may be changed by anyone who holds it. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/** A finished left subtree, waiting for what comes to the right of it. */
type Open = {readonly bitIndex: number; readonly left: TrieNode};

/** Closes every open node that branches below `bitIndex`. */
function close(open: Open[], last: TrieNode, bitIndex: number): TrieNode {
  let right = last;
  for (let top = open.at(-1); top !== undefined && top.bitIndex > bitIndex; top = open.at(-1)) {
    right = new Inner(top.bitIndex, top.left, right, undefined);
    open.pop();
  }
  return right;
}

/**
 * Builds a trie in one pass: each neighbouring pair of sorted keys is one inner node, and `open`
 * holds those on the right edge, root first.
 * @throws InvariantError when the keys are not strictly ascending and prefix-free.
 */
export function trieFromSorted(entries: Iterable<Entry>): Trie {
  const open: Open[] = [];
  let last: Leaf | undefined;
  let size = 0;
  for (const [key, value] of entries) {
    checkKey(key);
    if (last !== undefined) {
      const bitIndex = differingBit(last.key, key);
      if ((key[bitIndex >> 3] ?? 0) <= (last.key[bitIndex >> 3] ?? 0)) {
        throw new InvariantError('state entries are not in ascending order', {size});
      }
      open.push({bitIndex, left: close(open, last, bitIndex)});
    }
    last = new Leaf(key, value);
    size++;
  }
  return last === undefined ? EMPTY_TRIE : {root: close(open, last, -1), size};
}
