import {equalBytes, type Hash, toHash, ZERO_HASH} from '../protocol/bytes.ts';
import {
  MAX_STATE_KEY_BYTES,
  type StateProof,
  type StateProofStep,
} from '../protocol/chain/state-proof.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import {sha256, sha256Key, taggedHash, taggedInput, writeKey} from './hash.ts';

const u16Bytes = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

/** Hash of one entry of the state map; `valueHash` is SHA-256 of its value. SPEC.md §8. */
export function stateLeafHash(key: Uint8Array, valueHash: Hash): Hash {
  return taggedHash(HASH_TAG.stateLeaf, u16Bytes(key.length), key, valueHash);
}

/** Hash of one inner node: below `left` the bit at `bitIndex` is 0, below `right` it is 1. */
export function stateNodeHash(bitIndex: number, left: Hash, right: Hash): Hash {
  return taggedHash(HASH_TAG.stateNode, u16Bytes(bitIndex), left, right);
}

const U16_BYTES = 2;
const HASH_BYTES = toHash.byteLength;
/** PERF: inputs of the two hashes, written anew each time: to join the parts costs as much as the hash. */
const leafInput = taggedInput(
  HASH_TAG.stateLeaf,
  new Uint8Array(U16_BYTES + MAX_STATE_KEY_BYTES + HASH_BYTES),
);
const nodeInput = taggedInput(HASH_TAG.stateNode, new Uint8Array(U16_BYTES + 2 * HASH_BYTES));
const LEAF_START = leafInput.length - HASH_BYTES - MAX_STATE_KEY_BYTES - U16_BYTES;
const NODE_START = nodeInput.length - 2 * HASH_BYTES - U16_BYTES;

function writeU16(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >> 8;
  target[offset + 1] = value & 0xff;
}

/** stateLeafHash of a value that is not hashed yet; hashes as sha256Key writes them. */
export function stateLeafKey(key: Uint8Array, value: Uint8Array): string {
  const keyStart = LEAF_START + U16_BYTES;
  const keyEnd = keyStart + key.length;
  writeU16(leafInput, LEAF_START, key.length);
  leafInput.set(key, keyStart);
  writeKey(leafInput, keyEnd, sha256Key(value));
  return sha256Key(leafInput.subarray(0, keyEnd + HASH_BYTES));
}

/** stateNodeHash; hashes as sha256Key writes them. */
export function stateNodeKey(bitIndex: number, left: string, right: string): string {
  writeU16(nodeInput, NODE_START, bitIndex);
  writeKey(nodeInput, NODE_START + U16_BYTES, left);
  writeKey(nodeInput, NODE_START + U16_BYTES + HASH_BYTES, right);
  return sha256Key(nodeInput);
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
