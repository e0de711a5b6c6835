import {sha256} from '../../crypto/hash.ts';
import {stateKeyBit} from '../../crypto/state-proof.ts';
import type {StateProof, StateProofStep} from '../../protocol/chain/state-proof.ts';
import {Inner, type Trie} from './trie.ts';
import {HashCounter} from './trie-hash.ts';

/**
 * Proof of what the trie holds at `key`, for `verifyStateProof`. Hashes what is not hashed yet, and
 * one value. Any bytes may be asked for: what cannot be a key is absent.
 */
export function proveKey({root}: Trie, key: Uint8Array): StateProof {
  if (root === undefined) return {path: [], leaf: undefined};
  const path: StateProofStep[] = [];
  const hashes = new HashCounter();
  let node = root;
  while (node instanceof Inner) {
    const {bitIndex, left, right} = node;
    const side = stateKeyBit(key, bitIndex);
    path.push({bitIndex, sibling: hashes.hashOf(side === 0 ? right : left)});
    node = side === 0 ? left : right;
  }
  return {path, leaf: {key: node.key, valueHash: sha256(node.value)}};
}
