import {stateNodeHash} from '../../crypto/state-proof.ts';
import {equalBytes, type Hash} from '../../protocol/bytes.ts';
import {MAX_STATE_PROOF_STEPS} from '../../protocol/chain/state-proof.ts';
import type {StateLeaf, StateSubtree} from '../../protocol/chain/state-subtree.ts';
import {InvariantError} from '../../protocol/errors.ts';
import type {TrieNode} from './trie.ts';
import {trieFromSorted} from './trie-bulk.ts';
import {HashCounter} from './trie-hash.ts';

/** Fields of an inner node that has the asked hash. */
export type InnerFields = {readonly bitIndex: number; readonly left: Hash; readonly right: Hash};

/** An answer that is true of the asked hash. */
export type CheckedSubtree =
  | {readonly type: 'leaves'; readonly node: TrieNode}
  | {readonly type: 'inner'; readonly inner: InnerFields};

function nodeOf(leaves: readonly StateLeaf[]): TrieNode | undefined {
  try {
    return trieFromSorted(leaves.map(({key, value}) => [key, value] as const)).root;
  } catch (error) {
    // Here the keys are what a peer gave us, not what this program made.
    if (error instanceof InvariantError) return undefined;
    throw error;
  }
}

/**
 * The answer, if it is the subtree with this hash; nothing of any other answer is worth keeping.
 * The tags and the fixed layout make each hash bind its kind and all its fields, so true answers are
 * subtrees of the map with the root: all their leaves, and nothing else.
 */
export function checkSubtree(hash: Hash, answer: StateSubtree): CheckedSubtree | undefined {
  if (answer.type === 'leaves') {
    const node = nodeOf(answer.value.leaves);
    if (node === undefined || !equalBytes(new HashCounter().hashOf(node), hash)) return undefined;
    return {type: 'leaves', node};
  }
  if (answer.type !== 'inner') return undefined;
  const {bitIndex, left, right} = answer.value;
  if (bitIndex >= MAX_STATE_PROOF_STEPS) return undefined;
  const isTrue = equalBytes(stateNodeHash(bitIndex, left, right), hash);
  return isTrue ? {type: 'inner', inner: answer.value} : undefined;
}
