import {equalBytes, type Hash, ZERO_HASH} from '../protocol/bytes.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import {InvariantError} from '../protocol/errors.ts';
import {taggedHash} from './hash.ts';

/**
 * Binary Merkle tree over an ordered list, in the shape of RFC 6962 §2.1: a list is split at the
 * largest power of two below its length. Leaves and inner nodes are hashed under different tags, so
 * that neither passes for the other. The root of an empty list is 32 zero bytes. SPEC.md §7.2.
 */
export type MerkleTree = {
  append(leaf: Uint8Array): void;
  /** Root over all leaves so far; more may follow. */
  root(): Hash;
};

const leafHash = (leaf: Uint8Array): Hash => taggedHash(HASH_TAG.merkleLeaf, leaf);
const nodeHash = (left: Hash, right: Hash): Hash => taggedHash(HASH_TAG.merkleNode, left, right);

/** An empty tree. It keeps one hash per bit of the leaf count. */
export function createMerkleTree(): MerkleTree {
  // Roots of the full subtrees, largest first: their sizes are the set bits of the leaf count.
  const subtrees: Hash[] = [];
  let count = 0;
  return {
    append(leaf) {
      let hash = leafHash(leaf);
      for (let bit = count; bit % 2 === 1; bit = Math.floor(bit / 2)) {
        const left = subtrees.pop();
        if (left === undefined) throw new InvariantError('Merkle tree lost a subtree');
        hash = nodeHash(left, hash);
      }
      subtrees.push(hash);
      count += 1;
    },
    root() {
      return subtrees.length === 0
        ? ZERO_HASH
        : subtrees.reduceRight((right, left) => nodeHash(left, right));
    },
  };
}

export function merkleRoot(leaves: Iterable<Uint8Array>): Hash {
  const tree = createMerkleTree();
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
}

/** Largest power of two below `count`, which is at least 2. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/**
 * Hashes beside the path from the leaf up to the root, lowest first: the audit path of RFC 6962
 * §2.1.1. It costs as much as the whole tree.
 */
export function merkleProof(leaves: readonly Uint8Array[], index: number): Hash[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) {
    throw new InvariantError('no such leaf', {index, count: leaves.length});
  }
  const path: Hash[] = [];
  let [start, end] = [0, leaves.length];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push(merkleRoot(leaves.slice(middle, end)));
      end = middle;
    } else {
      path.push(merkleRoot(leaves.slice(start, middle)));
      start = middle;
    }
  }
  return path.reverse();
}

export type MerkleProof = {
  readonly leaf: Uint8Array;
  readonly index: number;
  /** Leaves of the whole list; the verifier must know it, as it decides the shape. */
  readonly count: number;
  /** Lowest first. */
  readonly path: readonly Hash[];
};

/**
 * Root that the leaf at this index of a list of `count` leaves would have by this path; undefined
 * when no such list has such a path. Never throws.
 */
export function merkleProofRoot({leaf, index, count, path}: MerkleProof): Hash | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count)) return undefined;
  if (index < 0 || index >= count) return undefined;
  let hash = leafHash(leaf);
  let [position, last] = [index, count - 1];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash);
      // At the right edge a subtree without a sibling moves up unhashed.
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : undefined;
}

/** Whether the list of `count` leaves with this root has this leaf at this index. Never throws. */
export function verifyMerkleProof(root: Hash, proof: MerkleProof): boolean {
  const found = merkleProofRoot(proof);
  return found !== undefined && equalBytes(found, root);
}

/**
 * The root of a list and the path of each of its leaves, as `merkleProof` gives them, for the price
 * of one tree: every level is kept, and a node that has no sibling moves up unhashed.
 */
export function merkleProofs(leaves: readonly Uint8Array[]): {
  readonly root: Hash;
  readonly paths: readonly (readonly Hash[])[];
} {
  const levels: Hash[][] = [];
  let level = leaves.map(leafHash);
  while (level.length > 1) {
    levels.push(level);
    level = pairUp(level);
  }
  const paths = leaves.map((_, index) => {
    const path: Hash[] = [];
    levels.forEach((nodes, height) => {
      const sibling = nodes[Math.floor(index / 2 ** height) ^ 1];
      if (sibling !== undefined) path.push(sibling);
    });
    return path;
  });
  return {root: level[0] ?? ZERO_HASH, paths};
}

function pairUp(level: readonly Hash[]): Hash[] {
  const above: Hash[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = level.slice(i, i + 2);
    if (left === undefined) break;
    above.push(right === undefined ? left : nodeHash(left, right));
  }
  return above;
}
