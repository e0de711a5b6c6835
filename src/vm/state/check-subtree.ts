import {stateNodeHash} from '../../crypto/state-proof.ts';
import {bytesToKey, equalBytes, type Hash} from '../../protocol/bytes.ts';
import {MAX_STATE_PROOF_STEPS} from '../../protocol/chain/state-proof.ts';
import type {StateInner, StateLeaf, StateSubtree} from '../../protocol/chain/state-subtree.ts';
import {InvariantError} from '../../protocol/errors.ts';
import type {TrieNode} from './trie.ts';
import {trieFromSorted} from './trie-bulk.ts';
import {HashCounter} from './trie-hash.ts';

/** Inner nodes by hash. */
export type InnerByHash = ReadonlyMap<string, StateInner>;

/** An answer that is true of the asked hash. */
export type CheckedSubtree =
  | {readonly type: 'leaves'; readonly node: TrieNode}
  | {readonly type: 'top'; readonly nodes: InnerByHash};

function nodeOf(leaves: readonly StateLeaf[]): TrieNode | undefined {
  try {
    return trieFromSorted(leaves.map(({key, value}) => [key, value] as const)).root;
  } catch (error) {
    // Here the keys are what a peer gave us, not what this program made.
    if (error instanceof InvariantError) return undefined;
    throw error;
  }
}

/** The nodes by hash, if each but the first is a child of one before it and the first is the asked. */
function connected(hash: Hash, nodes: readonly StateInner[]): InnerByHash | undefined {
  const expected = new Map([[bytesToKey(hash), -1]]);
  const found = new Map<string, StateInner>();
  for (const node of nodes) {
    const {bitIndex, left, right} = node;
    const key = bytesToKey(stateNodeHash(bitIndex, left, right));
    const above = expected.get(key);
    // A tree has no other order. It also bounds the depth.
    if (above === undefined || bitIndex <= above || bitIndex >= MAX_STATE_PROOF_STEPS) return;
    expected.delete(key);
    found.set(key, node);
    expected.set(bytesToKey(left), bitIndex);
    expected.set(bytesToKey(right), bitIndex);
  }
  return found;
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
  if (answer.type === 'unknown' || answer.value.nodes.length === 0) return undefined;
  const nodes = connected(hash, answer.value.nodes);
  return nodes === undefined ? undefined : {type: 'top', nodes};
}
