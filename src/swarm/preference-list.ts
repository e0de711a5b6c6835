import {taggedHash} from '../crypto/hash.ts';
import {compareBytes, type NodeId, type SessionId} from '../protocol/bytes.ts';
import {HASH_TAG} from '../protocol/domains.ts';

/**
 * A swarm's members in the order in which an inbox prefers them: its writes go to the first of them first,
 * and its watches begin there. Rendezvous hashing: each inbox has an order of its own, and whoever comes
 * or goes changes nothing among the others. SPEC.md §15.6.
 */
export function preferenceList<T extends {readonly nodeId: NodeId}>(
  account: SessionId,
  members: readonly T[],
): readonly T[] {
  return members
    .map((member) => ({
      member,
      place: taggedHash(HASH_TAG.preference, account, member.nodeId),
    }))
    .sort((a, b) => compareBytes(a.place, b.place))
    .map(({member}) => member);
}
