import {describe, expect, it} from 'vitest';
import {isKemPublicKey} from '../../src/crypto/kem-public-key.ts';
import {createKemKey, encapsulate} from '../../src/crypto/ml-kem.ts';
import {nobleEncapsulate} from '../../src/crypto/ml-kem-noble.ts';
import {
  equalBytes,
  type KemPublicKey,
  toKemCiphertext,
  toKemPublicKey,
  toKemSeed,
} from '../../src/protocol/bytes.ts';
import {flipped, PAIRS, randomBytes, SUITES} from './twins.ts';

/** A key whose coefficient at `index` is 3329, the smallest value that is out of range. */
function withOverflow(key: KemPublicKey, index: number): KemPublicKey {
  const copy = Uint8Array.from(key);
  const start = Math.floor(index / 2) * 3;
  if (index % 2 === 0) {
    copy[start] = 0x01;
    copy[start + 1] = ((copy[start + 1] ?? 0) & 0xf0) | 0x0d;
  } else {
    copy[start + 1] = ((copy[start + 1] ?? 0) & 0x0f) | 0x10;
    copy[start + 2] = 0xd0;
  }
  return toKemPublicKey(copy);
}

describe.each(PAIRS)('ML-KEM-768, $title', ({maker, taker}) => {
  it('derives the same public key from a seed', () => {
    const seed = toKemSeed(randomBytes(64));
    const {publicKey} = maker.mlKem.createKey(seed);
    expect(taker.mlKem.createKey(seed).publicKey).toEqual(publicKey);
  });

  it('shares one secret, and another one for an altered ciphertext', () => {
    const seed = toKemSeed(randomBytes(64));
    const mine = maker.mlKem.createKey(seed);
    const theirs = taker.mlKem.createKey(seed);
    const {ciphertext, sharedSecret} = maker.mlKem.encapsulate(theirs.publicKey);
    expect(sharedSecret.length).toBe(32);
    expect(theirs.decapsulate(ciphertext)).toEqual(sharedSecret);
    const altered = toKemCiphertext(flipped(ciphertext, Math.floor(Math.random() * 8 * 1088)));
    expect(equalBytes(theirs.decapsulate(altered), sharedSecret)).toBe(false);
    expect(theirs.decapsulate(altered)).toEqual(mine.decapsulate(altered));
  });
});

describe.each(SUITES)('ML-KEM-768 of the $name suite', ({mlKem}) => {
  const {publicKey} = mlKem.createKey(toKemSeed(randomBytes(64)));

  it.each([0, 1, 2, 383, 766, 767])('refuses a key whose coefficient %i is 3329', (index) => {
    const key = withOverflow(publicKey, index);
    expect(isKemPublicKey(key)).toBe(false);
    expect(() => mlKem.encapsulate(key)).toThrow(
      expect.objectContaining({code: 'CRYPTO_INVALID_KEY'}),
    );
  });

  it('takes any other last 32 bytes: they seed the matrix', () => {
    const key = Uint8Array.from(publicKey);
    key.fill(255, 1152);
    expect(isKemPublicKey(toKemPublicKey(key))).toBe(true);
    expect(mlKem.encapsulate(toKemPublicKey(key)).ciphertext.length).toBe(1088);
  });

  it('never gives the same secret twice', () => {
    const [first, second] = [mlKem.encapsulate(publicKey), mlKem.encapsulate(publicKey)];
    expect(equalBytes(first.sharedSecret, second.sharedSecret)).toBe(false);
  });
});

describe('ML-KEM-768', () => {
  it('works behind the seam', () => {
    const key = createKemKey(toKemSeed(randomBytes(64)));
    const {ciphertext, sharedSecret} = encapsulate(key.publicKey);
    expect(key.decapsulate(ciphertext)).toEqual(sharedSecret);
  });

  it('repeats with given entropy', () => {
    const {publicKey} = createKemKey(toKemSeed(randomBytes(64)));
    const entropy = randomBytes(32);
    expect(nobleEncapsulate(publicKey, entropy)).toEqual(nobleEncapsulate(publicKey, entropy));
  });
});
