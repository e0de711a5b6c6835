import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {verifyStatePrefixProof} from '../../../src/crypto/state-prefix-proof.ts';
import {stateKeyBit} from '../../../src/crypto/state-proof.ts';
import {asciiBytes, bytesToHex, type Hash, toHash} from '../../../src/protocol/bytes.ts';
import {
  MAX_PREFIX_PROOF_ENTRIES,
  StatePrefixProof,
} from '../../../src/protocol/chain/state-prefix-proof.ts';
import type {StateProofStep} from '../../../src/protocol/chain/state-proof.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';
import {CodecError} from '../../../src/protocol/errors.ts';
import {MerkleMap} from '../../../src/vm/state/merkle-map.ts';
import {Inner} from '../../../src/vm/state/trie.ts';
import {HashCounter} from '../../../src/vm/state/trie-hash.ts';
import {walkEntries} from '../../../src/vm/state/trie-walk.ts';
import {digestOf, numberedKey, sortedEntries, stateKey, stateValue} from './state-model.ts';

const VALUE = asciiBytes('value');
const NUM_RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200);

function prove(map: MerkleMap, prefix: Uint8Array): StatePrefixProof {
  const proof = map.provePrefix(prefix, MAX_PREFIX_PROOF_ENTRIES);
  if (proof === undefined) throw new Error('too many entries');
  return decode(StatePrefixProof, encode(StatePrefixProof, proof));
}

function holdsEncoded(root: Hash, prefix: Uint8Array, bytes: Uint8Array): boolean {
  try {
    return verifyStatePrefixProof(root, prefix, decode(StatePrefixProof, bytes));
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

/** Seats of swarms 0 to `swarms` − 1, in the key form of the state. */
function seatMap(swarms: number, members: number): MerkleMap {
  let map = MerkleMap.empty;
  for (let n = 0; n < swarms * members; n++) {
    map = map.put(Uint8Array.of(0x30, 0, 0, 0, n % swarms, ...digestOf(n).subarray(0, 20)), VALUE);
  }
  for (let n = 0; n < 30; n++) map = map.put(numberedKey(n, 0x20), VALUE);
  return map;
}

const seatPrefix = (swarmId: number): Uint8Array => Uint8Array.of(0x30, 0, 0, 0, swarmId);

/**
 * All that a server could show in place of the whole: at each inner node on the walk for the prefix
 * it stops, and shows what is below as if that were all.
 */
function* narrowed(map: MerkleMap, prefix: Uint8Array): Generator<StatePrefixProof> {
  const hashes = new HashCounter();
  const path: StateProofStep[] = [];
  for (let node = map.trie.root; node instanceof Inner; ) {
    const {bitIndex, left, right} = node;
    const side = stateKeyBit(prefix, bitIndex);
    path.push({bitIndex, sibling: hashes.hashOf(side === 0 ? right : left)});
    node = side === 0 ? left : right;
    const below = [...walkEntries({root: node, size: 0}, new Uint8Array())];
    const entries = below.map(([key, value]) => ({key, value}));
    yield {path: [...path], entries, other: undefined};
  }
}

describe('prefix proofs', () => {
  it('Completeness: a proof holds for all entries under a prefix, and for no part of them', () => {
    const prefixes = fc.tuple(stateKey, fc.nat({max: 64})).map(([key, n]) => key.subarray(0, n));
    const property = fc.property(
      fc.array(fc.tuple(stateKey.map(bytesToHex), stateValue), {maxLength: 40}),
      fc.array(prefixes, {minLength: 4, maxLength: 8}),
      (pairs, random) => {
        const map = MerkleMap.fromEntries(sortedEntries(new Map(pairs)));
        const root = map.root();
        const own = [...map.entries()].map(([key], i) => key.subarray(0, (i % key.length) + 1));
        for (const prefix of [new Uint8Array(), ...random, ...own]) {
          const proof = prove(map, prefix);
          const entries = [...map.entries(prefix)];
          expect(verifyStatePrefixProof(root, prefix, proof)).toBe(true);
          expect(proof.entries.map(({key, value}) => [key, value])).toEqual(entries);
          expect(verifyStatePrefixProof(toHash(digestOf(1)), prefix, proof)).toBe(false);
          for (const other of narrowed(map, prefix)) {
            if (other.entries.length === entries.length) continue;
            expect(verifyStatePrefixProof(root, prefix, other)).toBe(false);
          }
        }
      },
    );
    fc.assert(property, {numRuns: NUM_RUNS});
  });

  it('refuse every entry left out, added, exchanged or changed', () => {
    const map = seatMap(4, 9);
    const root = map.root();
    for (const swarmId of [0, 1, 2, 3]) {
      const prefix = seatPrefix(swarmId);
      const {path, entries} = prove(map, prefix);
      expect(entries).toHaveLength(9);
      const stranger = {key: Uint8Array.of(...prefix, ...new Uint8Array(20)), value: VALUE};
      const foreign = prove(map, seatPrefix((swarmId + 1) % 4)).entries[0]!;
      const lists = entries.flatMap((entry, i) => [
        entries.toSpliced(i, 1),
        entries.toSpliced(i, 0, entry),
        entries.toSpliced(i, 1, {...entry, value: Uint8Array.of(...VALUE, 0)}),
        entries.toSpliced(i, 1, {...entry, key: entry.key.map((b, at) => (at === 24 ? b ^ 1 : b))}),
        entries.toSpliced(i, 1, foreign),
        i === 0 ? entries.toReversed() : entries.toSpliced(i - 1, 2, entry, entries[i - 1]!),
      ]);
      for (const bad of [...lists, [stranger, ...entries], [...entries, foreign], []]) {
        const proof = {path, entries: bad, other: undefined};
        expect(verifyStatePrefixProof(root, prefix, proof)).toBe(false);
      }
      const leaf = map.prove(entries[0]!.key).leaf!;
      expect(verifyStatePrefixProof(root, prefix, {path, entries, other: leaf})).toBe(false);
    }
  });

  it('refuse absence of a prefix that some key has, by whatever leaf', () => {
    const map = seatMap(4, 9);
    for (const swarmId of [0, 1, 2, 3]) {
      const prefix = seatPrefix(swarmId);
      for (const [key] of map.entries()) {
        const {path, leaf} = map.prove(key);
        const proof = {path, entries: [], other: leaf};
        expect(verifyStatePrefixProof(map.root(), prefix, proof)).toBe(false);
      }
    }
    const absent = prove(map, seatPrefix(4));
    expect(absent).toMatchObject({entries: [], other: {}});
    expect(verifyStatePrefixProof(map.root(), seatPrefix(4), absent)).toBe(true);
    expect(verifyStatePrefixProof(map.root(), seatPrefix(3), absent)).toBe(false);
  });

  it('fail for every byte changed, removed or added', () => {
    const map = seatMap(8, 7);
    let tried = 0;
    for (const swarmId of [0, 5, 7, 8]) {
      const prefix = seatPrefix(swarmId);
      const good = encode(StatePrefixProof, prove(map, prefix));
      for (let at = 0; at < good.length; at++) {
        const bad = good.slice();
        bad[at]! ^= 1 << (at % 8);
        expect(holdsEncoded(map.root(), prefix, bad)).toBe(false);
        tried++;
      }
      expect(holdsEncoded(map.root(), prefix, good.subarray(0, -1))).toBe(false);
      expect(holdsEncoded(map.root(), prefix, Uint8Array.of(...good, 0))).toBe(false);
      expect(holdsEncoded(map.root(), prefix, good)).toBe(true);
    }
    expect(tried).toBeGreaterThan(1500);
  });

  it('of the empty map hold for the empty root only; more entries than asked for make none', () => {
    const proof = prove(MerkleMap.empty, seatPrefix(1));
    expect(verifyStatePrefixProof(MerkleMap.empty.root(), seatPrefix(1), proof)).toBe(true);
    expect(verifyStatePrefixProof(seatMap(1, 1).root(), seatPrefix(1), proof)).toBe(false);
    expect(seatMap(1, 6).provePrefix(seatPrefix(0), 5)).toBeUndefined();
    expect(seatMap(1, 6).provePrefix(seatPrefix(0), 6)?.entries).toHaveLength(6);
  });
});
