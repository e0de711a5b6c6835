import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {sha256} from '../../../src/crypto/hash.ts';
import {stateLeafHash, stateNodeHash, verifyStateProof} from '../../../src/crypto/state-proof.ts';
import {
  asciiBytes,
  bytesToHex,
  type Hash,
  hexToBytes,
  toHash,
} from '../../../src/protocol/bytes.ts';
import {StateProof} from '../../../src/protocol/chain/state-proof.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';
import {CodecError} from '../../../src/protocol/errors.ts';
import {MerkleMap} from '../../../src/vm/state/merkle-map.ts';
import {digestOf, numberedKey, sortedEntries, stateKey, stateValue} from './state-model.ts';

const VALUE = asciiBytes('value');

function mapOf(keys: readonly Uint8Array[]): MerkleMap {
  return keys.reduce((map, key) => map.put(key, VALUE), MerkleMap.empty);
}

/** What a client does: bytes from elsewhere, decoded, then verified. */
function verifyEncoded(
  root: Hash,
  key: Uint8Array,
  value: Uint8Array | undefined,
  bytes: Uint8Array,
) {
  try {
    return verifyStateProof(root, key, value, decode(StateProof, bytes));
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

describe('state proofs', () => {
  it('show the value of every key, and the absence of every other, in any map', () => {
    const pairs = fc.array(fc.tuple(stateKey.map(bytesToHex), stateValue), {maxLength: 40});
    const property = fc.property(pairs, fc.array(stateKey, {minLength: 5}), (entries, others) => {
      const model = new Map(entries);
      const map = MerkleMap.fromEntries(sortedEntries(model));
      for (const key of [...others, ...[...model.keys()].map(hexToBytes)]) {
        const proof = decode(StateProof, encode(StateProof, map.prove(key)));
        const value = map.get(key);
        const wrong = value === undefined ? VALUE : Uint8Array.of(...value, 0);
        expect(verifyStateProof(map.root(), key, value, proof)).toBe(true);
        expect(verifyStateProof(map.root(), key, wrong, proof)).toBe(false);
        expect(verifyStateProof(toHash(digestOf(1)), key, value, proof)).toBe(false);
        if (value !== undefined) {
          expect(verifyStateProof(map.root(), key, undefined, proof)).toBe(false);
        }
      }
    });
    fc.assert(property, {numRuns: 200});
  });

  it('show that a key of another length is absent, however it relates to those there', () => {
    const map = mapOf([...Array(50).keys()].map((n) => numberedKey(n)));
    const present = numberedKey(3);
    const asked = [
      Uint8Array.of(1), // prefix of all
      present.subarray(0, 20),
      Uint8Array.of(...present, 0),
      Uint8Array.of(2, 0), // ends above every bit in which the keys differ
      Uint8Array.of(0),
      new Uint8Array(64).fill(1),
      new Uint8Array(65).fill(1), // no key at all
      new Uint8Array(),
    ];
    for (const key of asked) {
      expect(verifyStateProof(map.root(), key, undefined, map.prove(key))).toBe(true);
      expect(verifyStateProof(map.root(), key, VALUE, map.prove(key))).toBe(false);
    }
  });

  it('of the empty map hold for the empty root only', () => {
    const proof = MerkleMap.empty.prove(numberedKey(1));
    const root = MerkleMap.empty.root();
    expect(verifyStateProof(root, numberedKey(1), undefined, proof)).toBe(true);
    expect(verifyStateProof(root, numberedKey(1), VALUE, proof)).toBe(false);
    expect(verifyStateProof(toHash(digestOf(0)), numberedKey(1), undefined, proof)).toBe(false);
    const step = {bitIndex: 0, sibling: toHash(digestOf(0))};
    expect(verifyStateProof(root, numberedKey(1), undefined, {...proof, path: [step]})).toBe(false);
  });

  it('reach down the deepest trie that keys of 64 bytes can make', () => {
    const oneBit = (at: number) => {
      const key = new Uint8Array(64);
      key[at >> 3] = 0x80 >> (at & 7);
      return key;
    };
    const zero = new Uint8Array(64);
    const map = mapOf([zero, ...[...Array(512).keys()].map(oneBit)]);
    const proof = map.prove(zero);
    expect(proof.path).toHaveLength(512);
    const encoded = encode(StateProof, proof);
    expect(verifyEncoded(map.root(), zero, VALUE, encoded)).toBe(true);
    expect(map.delete(oneBit(511)).prove(oneBit(511)).path).toHaveLength(511);
  });

  it('stand for one key: no proof of another key serves', () => {
    const keys = [...Array(60).keys()].map((n) => numberedKey(n));
    const map = mapOf(keys.slice(0, 40));
    let refused = 0;
    for (const asked of keys) {
      for (const other of keys) {
        if (asked === other) continue;
        const proof = map.prove(other);
        const isSame =
          bytesToHex(encode(StateProof, proof)) ===
          bytesToHex(encode(StateProof, map.prove(asked)));
        if (!isSame) expect(verifyStateProof(map.root(), asked, undefined, proof)).toBe(false);
        if (!map.has(asked)) expect(verifyStateProof(map.root(), asked, VALUE, proof)).toBe(false);
        if (!isSame) refused++;
      }
    }
    expect(refused).toBeGreaterThan(3000);
  });
});

describe('damaged proofs', () => {
  const map = mapOf([...Array(300).keys()].map((n) => numberedKey(n)));
  const keys = [...Array(40).keys()].map((n) => numberedKey(280 + n));

  it('fail for every byte changed, removed or added', () => {
    let tried = 0;
    for (const key of keys) {
      const good = encode(StateProof, map.prove(key));
      const value = map.get(key);
      for (let at = 0; at < good.length; at++) {
        const bad = good.slice();
        bad[at]! ^= 1 << (at % 8);
        expect(verifyEncoded(map.root(), key, value, bad)).toBe(false);
        tried++;
      }
      expect(verifyEncoded(map.root(), key, value, good.subarray(0, -1))).toBe(false);
      expect(verifyEncoded(map.root(), key, value, Uint8Array.of(...good, 0))).toBe(false);
      expect(verifyEncoded(map.root(), key, value, good)).toBe(true);
    }
    expect(tried).toBeGreaterThan(10_000);
  });

  it('fail for every step removed, doubled, moved or turned', () => {
    let tried = 0;
    for (const key of keys) {
      const {path, leaf} = map.prove(key);
      for (const [i, step] of path.entries()) {
        const {bitIndex, sibling} = step;
        const paths = [
          path.toSpliced(i, 1),
          path.toSpliced(i, 0, step),
          path.toSpliced(i, 1, {bitIndex: bitIndex + 1, sibling}),
          path.toSpliced(i, 1, {bitIndex: bitIndex + 8, sibling}),
          path.toSpliced(i, 1, {bitIndex, sibling: toHash(digestOf(i))}),
          path.slice(i + 1),
          i === 0 ? path.toReversed() : path.toSpliced(i - 1, 2, step, path[i - 1]!),
        ];
        for (const bad of paths) {
          expect(verifyStateProof(map.root(), key, map.get(key), {path: bad, leaf})).toBe(false);
          tried++;
        }
      }
      expect(verifyStateProof(map.root(), key, map.get(key), {path, leaf: undefined})).toBe(false);
    }
    expect(tried).toBeGreaterThan(2000);
  });
});

describe('proofs for a root that no map has', () => {
  const key = hexToBytes('0100');
  const leaf = {key, valueHash: sha256(VALUE)};
  const sibling = toHash(digestOf(5));
  const leafHash = stateLeafHash(key, leaf.valueHash);
  const step = (bitIndex: number) => ({bitIndex, sibling});

  it('hold when the steps are in order', () => {
    const root = stateNodeHash(3, stateNodeHash(9, leafHash, sibling), sibling);
    expect(verifyStateProof(root, key, VALUE, {path: [step(3), step(9)], leaf})).toBe(true);
  });

  it('fail when bit indices repeat or fall', () => {
    const falling = stateNodeHash(9, stateNodeHash(3, leafHash, sibling), sibling);
    expect(verifyStateProof(falling, key, VALUE, {path: [step(9), step(3)], leaf})).toBe(false);
    const twice = stateNodeHash(9, stateNodeHash(9, leafHash, sibling), sibling);
    expect(verifyStateProof(twice, key, VALUE, {path: [step(9), step(9)], leaf})).toBe(false);
  });

  it('fail when a step lies past the end of the proven key', () => {
    const root = stateNodeHash(16, leafHash, sibling);
    expect(verifyStateProof(root, key, VALUE, {path: [step(16)], leaf})).toBe(false);
  });

  it('fail when the asked key would have taken the other side', () => {
    const root = stateNodeHash(9, leafHash, sibling);
    const proof = {path: [step(9)], leaf};
    expect(verifyStateProof(root, hexToBytes('0140'), undefined, proof)).toBe(false);
    expect(verifyStateProof(root, hexToBytes('0120'), undefined, proof)).toBe(true);
  });
});
