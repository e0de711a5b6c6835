import {stateKeyBit} from '../../crypto/state-proof.ts';
import {
  MAX_PREFIX_PROOF_BYTES,
  type StateEntry,
  type StatePrefixProof,
} from '../../protocol/chain/state-prefix-proof.ts';
import {MAX_STATE_PROOF_STEPS, StateProofStep} from '../../protocol/chain/state-proof.ts';
import {proveKey} from './proof.ts';
import {Inner, type Trie} from './trie.ts';
import {HashCounter} from './trie-hash.ts';
import {walkEntries} from './trie-walk.ts';

/** Two lengths. */
const ENTRY_OVERHEAD = 8;
/** Counts of path and entries, and the absent leaf. */
const PROOF_OVERHEAD = 9;

/** What the entries of a proof may come to, whatever its path. */
const MAX_ENTRY_BYTES =
  MAX_PREFIX_PROOF_BYTES - MAX_STATE_PROOF_STEPS * StateProofStep.maxSize - PROOF_OVERHEAD;

/** The inner nodes above the subtree of a prefix that some key has. */
function stepsTo({root}: Trie, prefix: Uint8Array): StateProofStep[] {
  const path: StateProofStep[] = [];
  const hashes = new HashCounter();
  let node = root;
  while (node instanceof Inner && node.bitIndex < prefix.length * 8) {
    const {bitIndex, left, right} = node;
    const side = stateKeyBit(prefix, bitIndex);
    path.push({bitIndex, sibling: hashes.hashOf(side === 0 ? right : left)});
    node = side === 0 ? left : right;
  }
  return path;
}

/**
 * Proof of all that the trie holds under `prefix`, for `verifyStatePrefixProof`; undefined when that
 * is more than `maxEntries`, or more bytes than a proof may have. Hashes what is not hashed yet.
 */
export function provePrefix(
  trie: Trie,
  prefix: Uint8Array,
  maxEntries: number,
): StatePrefixProof | undefined {
  const entries: StateEntry[] = [];
  let bytes = 0;
  for (const [key, value] of walkEntries(trie, prefix)) {
    bytes += ENTRY_OVERHEAD + key.length + value.length;
    if (entries.length === maxEntries || bytes > MAX_ENTRY_BYTES) return undefined;
    entries.push({key, value});
  }
  if (entries.length > 0) return {path: stepsTo(trie, prefix), entries, other: undefined};
  const {path, leaf} = proveKey(trie, prefix);
  return {path, entries, other: leaf};
}
