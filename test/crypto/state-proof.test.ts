import {describe, expect, it} from 'vitest';
import {sha256, sha256Key} from '../../src/crypto/hash.ts';
import {
  stateLeafHash,
  stateLeafKey,
  stateNodeHash,
  stateNodeKey,
} from '../../src/crypto/state-proof.ts';
import {bytesToKey} from '../../src/protocol/bytes.ts';
import {randomBytes} from './twins.ts';

describe('hashes of the state tree, as the tree keeps them and as a proof has them', () => {
  it.each([1, 2, 21, 33, 63, 64])('are the same of a leaf with a key of %i bytes', (length) => {
    for (const size of [0, 1, 200, 4096]) {
      const [key, value] = [randomBytes(length), randomBytes(size)];
      expect(stateLeafKey(key, sha256Key(value))).toBe(
        bytesToKey(stateLeafHash(key, sha256(value))),
      );
    }
  });

  it.each([0, 1, 255, 256, 511])('are the same of an inner node at bit %i', (bitIndex) => {
    const [left, right] = [sha256(randomBytes(9)), sha256(randomBytes(9))];
    const key = stateNodeKey(bitIndex, bytesToKey(left), bytesToKey(right));
    expect(key).toBe(bytesToKey(stateNodeHash(bitIndex, left, right)));
  });
});
