import {stateKeyBit} from '../../crypto/state-proof.ts';
import {equalBytes} from '../../protocol/bytes.ts';
import {MAX_STATE_KEY_BYTES} from '../../protocol/chain/state-proof.ts';
import {InvariantError} from '../../protocol/errors.ts';

/**
 * The binary crit-bit trie under the state map. A node never changes once a map holds it; only its
 * hash is filled in later. A batch marks the nodes it made with its owner and may change those.
 */
export type TrieNode = Leaf | Inner;

/** Identity of one batch of changes; `undefined` copies every node on the way. */
export type Owner = {readonly batch: true};

/** A version of the trie. */
export type Trie = {readonly root: TrieNode | undefined; readonly size: number};

export const EMPTY_TRIE: Trie = {root: undefined, size: 0};

export class Leaf {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Its hash as bytesToKey writes it. Filled by the first root after this leaf was made. */
  hashKey: string | undefined = undefined;

  constructor(key: Uint8Array, value: Uint8Array) {
    this.key = key;
    this.value = value;
  }
}

export class Inner {
  /** First bit in which the keys below differ. */
  readonly bitIndex: number;
  left: TrieNode;
  right: TrieNode;
  /**
   * Hashes of the children, once known. PERF: a copy takes them along, so that a new root looks at
   * no node beside its path: in a large tree each is a miss of the processor's cache.
   */
  leftKey: string | undefined = undefined;
  rightKey: string | undefined = undefined;
  /** As of a leaf. */
  hashKey: string | undefined = undefined;
  readonly owner: Owner | undefined;

  constructor(bitIndex: number, left: TrieNode, right: TrieNode, owner: Owner | undefined) {
    this.bitIndex = bitIndex;
    this.left = left;
    this.right = right;
    this.owner = owner;
  }
}

/** Above every bit index: two keys that do not differ. */
const SAME_KEY = 0xffff;

/**
 * First bit in which two keys differ.
 * @throws InvariantError when one key is a proper prefix of the other: the key tree forbids it.
 */
export function differingBit(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0);
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  if (a.length !== b.length) {
    throw new InvariantError('a state key is a prefix of another', {a: a.length, b: b.length});
  }
  return SAME_KEY;
}

/** The only leaf that can hold the key: where its bits lead. */
export function leafTowards(root: TrieNode, key: Uint8Array): Leaf {
  let node = root;
  while (node instanceof Inner) {
    node = stateKeyBit(key, node.bitIndex) === 0 ? node.left : node.right;
  }
  return node;
}

export function findLeaf({root}: Trie, key: Uint8Array): Leaf | undefined {
  if (root === undefined) return undefined;
  const leaf = leafTowards(root, key);
  return equalBytes(leaf.key, key) ? leaf : undefined;
}

/** Throws for a length that no key may have. */
export function checkKey(key: Uint8Array): void {
  if (key.length === 0 || key.length > MAX_STATE_KEY_BYTES) {
    throw new InvariantError('length of a state key', {length: key.length});
  }
}

/** Joins two subtrees, of which `added` comes from a key with this bit. */
function fork(bitIndex: number, node: TrieNode, added: Leaf, owner: Owner | undefined): Inner {
  return stateKeyBit(added.key, bitIndex) === 0
    ? new Inner(bitIndex, added, node, owner)
    : new Inner(bitIndex, node, added, owner);
}

/** The node with one child exchanged. A node of the running batch has no hash yet and is reused. */
export function withChild(
  node: Inner,
  side: 0 | 1,
  child: TrieNode,
  owner: Owner | undefined,
): Inner {
  if (owner === undefined || node.owner !== owner) {
    if (side === 0) {
      const copy = new Inner(node.bitIndex, child, node.right, owner);
      copy.rightKey = node.rightKey;
      return copy;
    }
    const copy = new Inner(node.bitIndex, node.left, child, owner);
    copy.leftKey = node.leftKey;
    return copy;
  }
  if (side === 0) {
    node.left = child;
    node.leftKey = undefined;
  } else {
    node.right = child;
    node.rightKey = undefined;
  }
  return node;
}

function place(node: TrieNode, leaf: Leaf, bit: number, owner: Owner | undefined): TrieNode {
  if (node instanceof Leaf || node.bitIndex > bit) {
    return bit === SAME_KEY ? leaf : fork(bit, node, leaf, owner);
  }
  const side = stateKeyBit(leaf.key, node.bitIndex);
  const child = place(side === 0 ? node.left : node.right, leaf, bit, owner);
  return withChild(node, side, child, owner);
}

/** The trie with `key` mapped to `value`; the same trie when it already is. */
export function putLeaf(trie: Trie, leaf: Leaf, owner: Owner | undefined): Trie {
  const {root, size} = trie;
  checkKey(leaf.key);
  if (root === undefined) return {root: leaf, size: 1};
  const nearest = leafTowards(root, leaf.key);
  const bit = differingBit(leaf.key, nearest.key);
  if (bit !== SAME_KEY) return {root: place(root, leaf, bit, owner), size: size + 1};
  if (equalBytes(leaf.value, nearest.value)) return trie;
  return {root: place(root, leaf, bit, owner), size};
}

function without(node: TrieNode, key: Uint8Array, owner: Owner | undefined): TrieNode | undefined {
  if (node instanceof Leaf) return undefined;
  const side = stateKeyBit(key, node.bitIndex);
  const child = without(side === 0 ? node.left : node.right, key, owner);
  if (child === undefined) return side === 0 ? node.right : node.left;
  return withChild(node, side, child, owner);
}

/** The trie without `key`; the same trie when it is absent. */
export function removeLeaf(trie: Trie, key: Uint8Array, owner: Owner | undefined): Trie {
  const {root, size} = trie;
  if (root === undefined || findLeaf(trie, key) === undefined) return trie;
  return {root: without(root, key, owner), size: size - 1};
}
