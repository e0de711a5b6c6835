import {stateKeyBit} from '../../crypto/state-proof.ts';
import type {StateEntry, StatePrefixProof} from '../../protocol/chain/state-prefix-proof.ts';
import type {StateProofStep} from '../../protocol/chain/state-proof.ts';
import {proveKey} from './proof.ts';
import {Inner, type Trie} from './trie.ts';
import {HashCounter} from './trie-hash.ts';
import {walkEntries} from './trie-walk.ts';

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
 * is more than `maxEntries`. Hashes what is not hashed yet.
 */
export function provePrefix(
  trie: Trie,
  prefix: Uint8Array,
  maxEntries: number,
): StatePrefixProof | undefined {
  const entries: StateEntry[] = [];
  for (const [key, value] of walkEntries(trie, prefix)) {
    if (entries.length === maxEntries) return undefined;
    entries.push({key, value});
  }
  if (entries.length > 0) return {path: stepsTo(trie, prefix), entries, other: undefined};
  const {path, leaf} = proveKey(trie, prefix);
  return {path, entries, other: leaf};
}
