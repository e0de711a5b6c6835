import {equalBytes, type Hash, ZERO_HASH} from '../protocol/bytes.ts';
import type {StateProof, StateProofStep} from '../protocol/chain/state-proof.ts';
import {HASH_TAG, type HashTag} from '../protocol/domains.ts';
import {sha256, sha256Key, taggedInput, writeKey} from './hash.ts';

const U16_BYTES = 2;
const HASH_BYTES = 32;

/** A tagged input with room for a u16 and this much more. PERF: joining the parts each time costs a third of the hash. */
function inputFor(tag: HashTag, length: number): {readonly input: Uint8Array; readonly at: number} {
  const input = taggedInput(tag, new Uint8Array(U16_BYTES + length));
  return {input, at: input.length - U16_BYTES - length};
}

/** Of leaves by the length of their keys, each made when first used. */
const leafInputs: ReturnType<typeof inputFor>[] = [];
const nodeInput = inputFor(HASH_TAG.stateNode, 2 * HASH_BYTES);

function leafInputFor(key: Uint8Array): {readonly input: Uint8Array; readonly end: number} {
  const {length} = key;
  leafInputs[length] ??= inputFor(HASH_TAG.stateLeaf, length + HASH_BYTES);
  const {input, at} = leafInputs[length];
  input[at] = length >> 8;
  input[at + 1] = length;
  input.set(key, at + U16_BYTES);
  return {input, end: at + U16_BYTES + length};
}

/** Hash of one entry of the state map; `valueHash` is SHA-256 of its value. SPEC.md §8. */
export function stateLeafHash(key: Uint8Array, valueHash: Hash): Hash {
  const {input, end} = leafInputFor(key);
  input.set(valueHash, end);
  return sha256(input);
}

/** stateLeafHash between hashes as sha256Key writes them. */
export function stateLeafKey(key: Uint8Array, valueKey: string): string {
  const {input, end} = leafInputFor(key);
  writeKey(input, end, valueKey);
  return sha256Key(input);
}

/** Hash of one inner node: below `left` the bit at `bitIndex` is 0, below `right` it is 1. */
export function stateNodeHash(bitIndex: number, left: Hash, right: Hash): Hash {
  const {input, at} = nodeInput;
  input[at] = bitIndex >> 8;
  input[at + 1] = bitIndex;
  input.set(left, at + U16_BYTES);
  input.set(right, at + U16_BYTES + HASH_BYTES);
  return sha256(input);
}

/** stateNodeHash between hashes as sha256Key writes them. */
export function stateNodeKey(bitIndex: number, left: string, right: string): string {
  const {input, at} = nodeInput;
  input[at] = bitIndex >> 8;
  input[at + 1] = bitIndex;
  writeKey(input, at + U16_BYTES, left);
  writeKey(input, at + U16_BYTES + HASH_BYTES, right);
  return sha256Key(input);
}

/** Bit of a key, 0 being the top bit of byte 0; past the end every bit counts as 0. */
export function stateKeyBit(key: Uint8Array, bitIndex: number): 0 | 1 {
  const byte = key[bitIndex >> 3] ?? 0;
  return ((byte >> (7 - (bitIndex & 7))) & 1) === 0 ? 0 : 1;
}

/** Both keys go the same way at each step, and the steps are in the only order a trie has. */
function stepsLeadBoth({path}: StateProof, asked: Uint8Array, proven: Uint8Array): boolean {
  let previous = -1;
  for (const {bitIndex} of path) {
    if (bitIndex <= previous || bitIndex >= proven.length * 8) return false;
    if (stateKeyBit(asked, bitIndex) !== stateKeyBit(proven, bitIndex)) return false;
    previous = bitIndex;
  }
  return true;
}

/** Root of a map in which `below` is where the steps lead, each on the side of the key's bit. */
export function climbState(path: readonly StateProofStep[], key: Uint8Array, below: Hash): Hash {
  return path.reduceRight<Hash>(
    (hash, {bitIndex, sibling}) =>
      stateKeyBit(key, bitIndex) === 0
        ? stateNodeHash(bitIndex, hash, sibling)
        : stateNodeHash(bitIndex, sibling, hash),
    below,
  );
}

/**
 * Whether the state with this root maps `key` to `value`; `undefined` asks for absence.
 * Never throws for a decoded proof. At most 513 hashes of at most 124 bytes, and one of the value.
 *
 * Sound for every root that a state map produced. The tags and the fixed layout make each hash bind
 * its kind and all its fields, so a path that hashes to the root consists of nodes of that map, and
 * since every step takes the side of the asked key's bit, it is the map's own walk for that key.
 * Inclusion: its end is a real leaf with this key and this value.
 * Absence: were the key in the map, each node on that walk would be an ancestor of its leaf, and the
 * walk would end there; it ends at a leaf with another key. A key shorter than a step's index
 * cannot lie below that step, so the 0 assumed past its end leads away from nothing.
 * There is exactly one valid proof per map and key.
 */
export function verifyStateProof(
  root: Hash,
  key: Uint8Array,
  value: Uint8Array | undefined,
  proof: StateProof,
): boolean {
  const {leaf, path} = proof;
  if (leaf === undefined) {
    return value === undefined && path.length === 0 && equalBytes(root, ZERO_HASH);
  }
  const isPresent = equalBytes(leaf.key, key);
  if (isPresent !== (value !== undefined)) return false;
  if (value !== undefined && !equalBytes(sha256(value), leaf.valueHash)) return false;
  if (!stepsLeadBoth(proof, key, leaf.key)) return false;
  return equalBytes(climbState(path, leaf.key, stateLeafHash(leaf.key, leaf.valueHash)), root);
}
