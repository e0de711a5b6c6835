import {toChainId, toNodeId, toSignature} from '../bytes.ts';
import {bytes, type CodecValue, fixed, list, struct, u32, u64, utf8, versioned} from '../codec.ts';

/** Addresses in one peer record, and the longest of them in characters. */
export const MAX_ADDRESSES = 8;
const MAX_ADDRESS_LENGTH = 128;

/** A record's expiry lies at most this far ahead of the clock that checks it, in ms: 25 h. */
export const MAX_PEER_RECORD_AGE_MS = 90_000_000n;

/**
 * Where a service node is reached: the chain lists who, this says where. It binds a libp2p identity
 * to a registered node key. SPEC.md §15.3.
 */
export const PeerRecord = struct('PeerRecord', {
  networkId: u32,
  chainId: fixed(toChainId),
  nodeId: fixed(toNodeId),
  /** The libp2p peer id: its multihash bytes. */
  peerId: bytes({maxLength: 64}),
  /** Multiaddrs in text form, without `/p2p/…`. */
  addresses: list(utf8({maxLength: MAX_ADDRESS_LENGTH}), {maxLength: MAX_ADDRESSES}),
  /** The greater one wins: Unix ms of its making. */
  sequence: u64,
  /** Unix ms: not used from here on. */
  expiresMs: u64,
});
export type PeerRecord = CodecValue<typeof PeerRecord>;

/** The record and the signature of the registered node key over its encoding, context `peer`. */
export const SignedPeerRecord = versioned(
  0,
  struct('SignedPeerRecord', {record: PeerRecord, signature: fixed(toSignature)}),
);
export type SignedPeerRecord = CodecValue<typeof SignedPeerRecord>;
