import {stateKeyBit} from '../../crypto/state-proof.ts';
import {equalBytes} from '../../protocol/bytes.ts';
import {
  differingBit,
  Inner,
  Leaf,
  type Owner,
  type Trie,
  type TrieNode,
  withChild,
} from './trie.ts';

/** One union under way: whose batch it is, and how many keys both had so far. */
type Union = {readonly owner: Owner; common: number};

/** Above every bit index, as `differingBit` has it for equal keys. */
const BELOW_ALL = 0xffff;

const bitOf = (node: TrieNode): number => (node instanceof Leaf ? BELOW_ALL : node.bitIndex);

/** Key of the first leaf below: it speaks for the bits that all below share. */
function keyOf(node: TrieNode): Uint8Array {
  let first = node;
  while (first instanceof Inner) first = first.left;
  return first.key;
}

function fork(bitIndex: number, base: TrieNode, added: TrieNode, {owner}: Union): Inner {
  return stateKeyBit(keyOf(added), bitIndex) === 0
    ? new Inner(bitIndex, added, base, owner)
    : new Inner(bitIndex, base, added, owner);
}

/** All of `added` goes below one child of `base`. */
function putBelow(base: Inner, added: TrieNode, union: Union): Inner {
  const side = stateKeyBit(keyOf(added), base.bitIndex);
  const child = side === 0 ? base.left : base.right;
  const joined = join(child, added, union);
  return joined === child ? base : withChild(base, side, joined, union.owner);
}

/** All of `base` goes below one child of `added`. */
function putAbove(base: TrieNode, {bitIndex, left, right}: Inner, union: Union): Inner {
  return stateKeyBit(keyOf(base), bitIndex) === 0
    ? new Inner(bitIndex, join(base, left, union), right, union.owner)
    : new Inner(bitIndex, left, join(base, right, union), union.owner);
}

function putBeside(base: Inner, added: Inner, union: Union): Inner {
  const left = join(base.left, added.left, union);
  const right = join(base.right, added.right, union);
  if (left === base.left && right === base.right) return base;
  return new Inner(base.bitIndex, left, right, union.owner);
}

function join(base: TrieNode, added: TrieNode, union: Union): TrieNode {
  const differing = differingBit(keyOf(base), keyOf(added));
  const [baseBit, addedBit] = [bitOf(base), bitOf(added)];
  if (differing < Math.min(baseBit, addedBit)) return fork(differing, base, added, union);
  if (base instanceof Inner && baseBit < addedBit) return putBelow(base, added, union);
  if (added instanceof Inner && addedBit < baseBit) return putAbove(base, added, union);
  if (base instanceof Inner && added instanceof Inner) return putBeside(base, added, union);
  union.common += 1;
  const isSame =
    base instanceof Leaf && added instanceof Leaf && equalBytes(base.value, added.value);
  return isSame ? base : added;
}

/**
 * The trie with the entries of both, those of `added` where a key is in both. Recursion is at most 512 deep.
 * PERF: many entries at once cost half of what it takes to put each from the root on.
 * @throws InvariantError when a key of one is a prefix of a key of the other.
 */
export function unite(base: Trie, added: Trie, owner: Owner): Trie {
  if (base.root === undefined) return added;
  if (added.root === undefined) return base;
  const union = {owner, common: 0};
  const root = join(base.root, added.root, union);
  return {root, size: base.size + added.size - union.common};
}
