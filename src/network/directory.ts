import type {NodeId} from '../protocol/bytes.ts';
import type {SignedPeerRecord} from '../protocol/overlay/peer-record.ts';

/** Who is where: peer records of registered nodes, all verified. */
export type Directory = {
  /** Signs a fresh record with this node's addresses and puts it into the DHT. */
  publish(signal?: AbortSignal): Promise<SignedPeerRecord>;
  /** From memory; undefined says no more than that it is not there. */
  recall(nodeId: NodeId): SignedPeerRecord | undefined;
  /** From memory, else from the DHT; undefined when nobody has heard of it. */
  find(nodeId: NodeId, signal?: AbortSignal): Promise<SignedPeerRecord | undefined>;
  /** Takes a record that was heard elsewhere, once it is verified; false when it is not newer. */
  learn(record: SignedPeerRecord, signal?: AbortSignal): Promise<boolean>;
  /** Records in memory that have not expired, the node's own first. */
  known(): readonly SignedPeerRecord[];
};
