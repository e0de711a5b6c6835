import {MessagingError} from '../messaging/errors.ts';
import type {MemberCaller} from '../messaging/ports.ts';
import type {ServiceOverlay} from '../network/create-overlay.ts';
import {NetworkError} from '../network/errors.ts';
import {peerOf} from '../network/peer-records.ts';
import {MEMBER_PROTOCOL} from '../network/protocols.ts';
import type {NodeId} from '../protocol/bytes.ts';
import type {MemberRequest} from '../protocol/overlay/member-protocol.ts';
import type {SignedPeerRecord} from '../protocol/overlay/peer-record.ts';

/** How long the overlay may look for a member before it counts as not there, in ms. */
const FIND_TIMEOUT_MS = 3000;

/** PERF: most members are known, and a signal per call costs more than to remember them. */
function peerRecordOf(
  {directory}: ServiceOverlay,
  nodeId: NodeId,
  signal: AbortSignal | undefined,
): SignedPeerRecord | Promise<SignedPeerRecord | undefined> {
  const known = directory.recall(nodeId);
  if (known !== undefined) return known;
  const soon = AbortSignal.timeout(FIND_TIMEOUT_MS);
  return directory.find(nodeId, signal === undefined ? soon : AbortSignal.any([signal, soon]));
}

/** Requests to members by their NodeID: the directory knows where they are. */
export function createMemberCaller(overlay: ServiceOverlay): MemberCaller {
  const caller = overlay.caller(MEMBER_PROTOCOL);
  return {
    async call(nodeId, request, options = {}) {
      const record = await peerRecordOf(overlay, nodeId, options.signal);
      if (record === undefined) throw new MessagingError('MESSAGING_NOT_FOUND');
      const answer = await caller.request(peerOf(record), request as MemberRequest, options);
      if (answer.type !== request.type) throw new NetworkError('NETWORK_BAD_ANSWER');
      return answer.value as never;
    },
  };
}
