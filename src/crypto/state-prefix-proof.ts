import {equalBytes, type Hash, startsWithBytes} from '../protocol/bytes.ts';
import type {StateEntry, StatePrefixProof} from '../protocol/chain/state-prefix-proof.ts';
import {sha256} from './hash.ts';
import {
  climbState,
  stateKeyBit,
  stateLeafHash,
  stateNodeHash,
  verifyStateProof,
} from './state-proof.ts';

/** First bit in which two keys differ; undefined when one is the beginning of the other. */
function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0);
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return undefined;
}

/** A finished left subtree that waits for what comes to the right of it. */
type Open = {readonly bitIndex: number; readonly left: Hash};

function close(open: Open[], last: Hash, bitIndex: number): Hash {
  let right = last;
  for (let top = open.at(-1); top !== undefined && top.bitIndex > bitIndex; top = open.at(-1)) {
    right = stateNodeHash(top.bitIndex, top.left, right);
    open.pop();
  }
  return right;
}

/**
 * Root of the map of exactly these entries: the entries alone decide its shape. Undefined when
 * there are none, or when they are not strictly ascending and prefix-free.
 */
function rootOfEntries(entries: readonly StateEntry[]): Hash | undefined {
  const open: Open[] = [];
  let last: {readonly key: Uint8Array; readonly hash: Hash} | undefined;
  for (const {key, value} of entries) {
    if (last !== undefined) {
      const bitIndex = firstDifference(last.key, key);
      if (bitIndex === undefined || stateKeyBit(key, bitIndex) === 0) return undefined;
      open.push({bitIndex, left: close(open, last.hash, bitIndex)});
    }
    last = {key, hash: stateLeafHash(key, sha256(value))};
  }
  return last === undefined ? undefined : close(open, last.hash, -1);
}

/**
 * Whether the entries of the proof are all that the state with this root holds under `prefix`.
 * Never throws for a decoded proof.
 *
 * Sound for every root that a state map produced. The path consists of nodes of that map, and each
 * step takes the side of the prefix's own bit: a key with the prefix lies below the path's end and
 * nowhere else. A step at or past the prefix's end would choose among such keys and hide those of
 * the other side, so there is none. The hash at the path's end binds the entries below it: they are
 * the ones given. Without entries, the walk for the prefix ends at a leaf that does not begin with
 * it. All steps up to the prefix's last bit took its side; the keys below agree up to their next
 * difference, which is past it, so none of them begins with the prefix either.
 */
export function verifyStatePrefixProof(
  root: Hash,
  prefix: Uint8Array,
  proof: StatePrefixProof,
): boolean {
  const {path, entries, other} = proof;
  if (entries.length === 0) {
    if (other !== undefined && startsWithBytes(other.key, prefix)) return false;
    return verifyStateProof(root, prefix, undefined, {path, leaf: other});
  }
  if (other !== undefined) return false;
  if (!entries.every(({key}) => startsWithBytes(key, prefix))) return false;
  let previous = -1;
  for (const {bitIndex} of path) {
    if (bitIndex <= previous || bitIndex >= prefix.length * 8) return false;
    previous = bitIndex;
  }
  const subtree = rootOfEntries(entries);
  return subtree !== undefined && equalBytes(climbState(path, prefix, subtree), root);
}
