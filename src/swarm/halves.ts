import {taggedHash} from '../crypto/hash.ts';
import {compareBytes, type Hash, type NodeId} from '../protocol/bytes.ts';
import {HASH_TAG} from '../protocol/domains.ts';

/**
 * The two halves of a swarm that splits: members in the order of their hash, alternating.
 * The first half keeps the swarm's id, the second gets id + 2^k. SPEC.md §6.7.
 * @param mix as it was when the epoch of the announcement began.
 */
export function splitHalves(
  mix: Hash,
  members: readonly NodeId[],
): readonly [readonly NodeId[], readonly NodeId[]] {
  const ordered = members
    .map((nodeId) => ({nodeId, place: taggedHash(HASH_TAG.halves, mix, nodeId)}))
    .sort((a, b) => compareBytes(a.place, b.place))
    .map(({nodeId}) => nodeId);
  return [ordered.filter((_, i) => i % 2 === 0), ordered.filter((_, i) => i % 2 === 1)];
}
