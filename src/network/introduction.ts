import {equalBytes, type NodeId} from '../protocol/bytes.ts';
import {InvariantError} from '../protocol/errors.ts';
import {SignedPeerRecord} from '../protocol/overlay/peer-record.ts';
import type {FrameStream} from './frame-stream.ts';
import {peerIdToString} from './peer-identity.ts';
import {badRecord} from './peer-records.ts';
import type {RecordBook} from './record-book.ts';

export type SelfRecord = () => Promise<SignedPeerRecord>;

/** The first thing on a stream of a protocol that introduces: who calls. SPEC.md §15.3. */
export async function introduceSelf(
  frames: FrameStream,
  selfRecord: SelfRecord | undefined,
): Promise<void> {
  if (selfRecord === undefined) throw new InvariantError('a client has no peer record');
  await frames.write(SignedPeerRecord, await selfRecord());
}

/**
 * Reads and checks an introduction: the connection proves the peer id, a verified record binds it to
 * the node. One that is older than the record known does, as long as both name this peer.
 * @throws NetworkError NETWORK_BAD_PEER_RECORD, NETWORK_UNKNOWN_PEER
 */
export async function readIntroduction(
  frames: FrameStream,
  book: Pick<RecordBook, 'learn' | 'get'>,
  remotePeerId: string,
): Promise<NodeId> {
  const signed = await frames.read(SignedPeerRecord);
  const {nodeId, peerId} = signed.record;
  // Before any signature: a copied record of somebody else costs nothing.
  if (peerIdToString(peerId) !== remotePeerId) throw badRecord('another peer');
  await book.learn(signed);
  const known = book.get(nodeId);
  if (known === undefined || !equalBytes(known.record.peerId, peerId)) {
    throw badRecord('older than one known');
  }
  return nodeId;
}
