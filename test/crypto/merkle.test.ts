import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {taggedHash} from '../../src/crypto/hash.ts';
import {
  createMerkleTree,
  merkleProof,
  merkleProofs,
  merkleRoot,
  verifyMerkleProof,
} from '../../src/crypto/merkle.ts';
import {bytesToHex, type Hash, toHash, ZERO_HASH} from '../../src/protocol/bytes.ts';
import {HASH_TAG} from '../../src/protocol/domains.ts';
import {flipped} from './twins.ts';

/** RFC 6962 §2.1, word by word. */
function naiveRoot(leaves: readonly Uint8Array[]): Hash {
  const [first] = leaves;
  if (first === undefined) return ZERO_HASH;
  if (leaves.length === 1) return taggedHash(HASH_TAG.merkleLeaf, first);
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const [left, right] = [naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split))];
  return taggedHash(HASH_TAG.merkleNode, left, right);
}

const numbered = (count: number): Uint8Array[] =>
  Array.from({length: count}, (_, i) => Uint8Array.of(i));

describe('Merkle root', () => {
  // Computed apart from this code base, with Python's hashlib.
  it.each([
    [0, '00'.repeat(32)],
    [3, 'a01b4c74ef4ea82a2e064d2ce5ebd2abf4ee5c3aba14dae3e9e53e1f198b1ad3'],
    [5, 'ff28cfcd48cefb19bd65a118fd794a932fa1da70079818ba1e338b11d44280a4'],
  ])('of %i leaves is the golden one', (count, root) => {
    expect(bytesToHex(merkleRoot(numbered(count)))).toBe(root);
  });

  it('is the recursive definition, after each leaf', () => {
    const leaves = numbered(130);
    const tree = createMerkleTree();
    expect(tree.root()).toEqual(ZERO_HASH);
    leaves.forEach((leaf, i) => {
      tree.append(leaf);
      expect(tree.root()).toEqual(naiveRoot(leaves.slice(0, i + 1)));
    });
  });

  it('takes leaves of any content', () => {
    const leaves = fc.array(fc.uint8Array({maxLength: 70}), {maxLength: 40});
    fc.assert(
      fc.property(leaves, (list) => {
        expect(merkleRoot(list)).toEqual(naiveRoot(list));
      }),
    );
  });

  it('never takes an inner node for a leaf', () => {
    const [first, second] = [Uint8Array.of(0), Uint8Array.of(1)];
    const [a, b] = [merkleRoot([first]), merkleRoot([second])];
    expect(merkleRoot([Uint8Array.of(...a, ...b)])).not.toEqual(merkleRoot([first, second]));
  });
});

describe('Merkle proof', () => {
  it('holds for each leaf of each list, at its own index alone', () => {
    for (let count = 1; count <= 33; count++) {
      const leaves = numbered(count);
      const root = merkleRoot(leaves);
      leaves.forEach((leaf, index) => {
        const path = merkleProof(leaves, index);
        for (let claimed = 0; claimed <= count; claimed++) {
          const proof = {leaf, index: claimed, count, path};
          expect(verifyMerkleProof(root, proof)).toBe(claimed === index);
        }
      });
    }
  });

  it('comes for all leaves at once, as for one', () => {
    expect(merkleProofs([])).toEqual({root: ZERO_HASH, paths: []});
    for (let count = 1; count <= 70; count++) {
      const leaves = numbered(count);
      const {root, paths} = merkleProofs(leaves);
      expect(root).toEqual(merkleRoot(leaves));
      expect(paths).toEqual(leaves.map((_, index) => merkleProof(leaves, index)));
    }
  });

  it('fails for another leaf, root, path or length of path', () => {
    const leaves = numbered(11);
    const root = merkleRoot(leaves);
    const path = merkleProof(leaves, 6);
    const proof = {leaf: Uint8Array.of(6), index: 6, count: 11, path};
    expect(verifyMerkleProof(root, proof)).toBe(true);
    expect(verifyMerkleProof(root, {...proof, leaf: Uint8Array.of(7)})).toBe(false);
    expect(verifyMerkleProof(toHash(flipped(root, 9)), proof)).toBe(false);
    expect(verifyMerkleProof(root, {...proof, path: path.slice(1)})).toBe(false);
    expect(verifyMerkleProof(root, {...proof, path: [...path, root]})).toBe(false);
    expect(verifyMerkleProof(root, {...proof, path: []})).toBe(false);
    path.forEach((sibling, i) => {
      const damaged = path.with(i, toHash(flipped(sibling, 77)));
      expect(verifyMerkleProof(root, {...proof, path: damaged})).toBe(false);
    });
  });

  it('answers false for numbers that are no index', () => {
    const leaves = numbered(4);
    const root = merkleRoot(leaves);
    const path = merkleProof(leaves, 0);
    const leaf = Uint8Array.of(0);
    for (const [index, count] of [
      [-1, 4],
      [0.5, 4],
      [Number.NaN, 4],
      [0, 0],
      [0, Number.POSITIVE_INFINITY],
      [2 ** 60, 2 ** 61],
    ] as const) {
      expect(verifyMerkleProof(root, {leaf, index, count, path})).toBe(false);
    }
  });

  it('cannot be asked for a leaf that is not there', () => {
    const refused = expect.objectContaining({code: 'INVARIANT'});
    expect(() => merkleProof([], 0)).toThrow(refused);
    expect(() => merkleProof(numbered(2), 2)).toThrow(refused);
  });
});
