/**
 * Every hash tag and signature context of the project, in one place, so that no two uses share one.
 * SPEC.md §2. A tag is hashed as one length byte, then its ASCII bytes.
 */
export const HASH_TAG = {
  /** Leaf of the state map: key and value digest. */
  stateLeaf: 'lux/session/state-leaf/v1',
  /** Inner node of the state map: bit index and both children. */
  stateNode: 'lux/session/state-node/v1',
  /** The mix of genesis and of every epoch. */
  mix: 'lux/session/mix/v1',
  /** Placement of one node by the mix. */
  placement: 'lux/session/placement/v1',
  /** Order of a swarm's members when it splits. */
  halves: 'lux/session/halves/v1',
  /** Candidate witnesses of a node, and those whose reports count. */
  witnessDraw: 'lux/session/witness-draw/v1',
  witnessPick: 'lux/session/witness-pick/v1',
  /** C of a stored set: the value that commitments compare. */
  storedSet: 'lux/session/stored-set/v1',
  /** Key of the possession challenge of one node. */
  challenge: 'lux/session/challenge/v1',
  /** Which chunks that challenge draws. */
  challengeDraw: 'lux/session/challenge-draw/v1',
  /** Seed of a node's hash chain on one chain, so that reveals on another give nothing away. */
  hashChain: 'lux/session/hash-chain/v1',
  /** Seed of a node's libp2p identity on one chain. */
  transportKey: 'lux/session/transport-key/v1',
  /** Leaf and inner node of the Merkle tree over a stored set. */
  merkleLeaf: 'lux/session/merkle-leaf/v1',
  merkleNode: 'lux/session/merkle-node/v1',
  /** Parameters of an owner's request. */
  request: 'lux/session/request/v1',
  /** Key of the keyed BLAKE3 that names a message. */
  messageId: 'lux/session/message-id/v1',
  /** A member's place in an inbox's order of preference. */
  preference: 'lux/session/preference/v1',
  /** Stamps of a span of operations. */
  stampDigest: 'lux/session/stamp-digest/v1',
  /** Key and nonce of a sealed message. */
  sealKey: 'lux/session/seal-key/v1',
  sealNonce: 'lux/session/seal-nonce/v1',
} as const;
export type HashTag = (typeof HASH_TAG)[keyof typeof HASH_TAG];

/** FIPS 204 context strings: one per kind of signed struct. */
export const SIGNATURE_CONTEXT = {
  /** An account's transaction. */
  tx: 'lux-session-tx-v1',
  /** A node's consent to be registered by one owner (proof of possession). */
  register: 'lux-session-register-v1',
  /** A node's new transport key, paid by whoever sends it. */
  rotate: 'lux-session-rotate-v1',
  /** A node's word that one of its transport keys is not to be used. */
  revoke: 'lux-session-revoke-v1',
  /** A node's announcement of maintenance. */
  maintenance: 'lux-session-maintenance-v1',
  /** StorageCommitment. */
  commit: 'lux-session-commit-v1',
  /** UptimeResponse. */
  uptime: 'lux-session-uptime-v1',
  /** A node's peer record. */
  peer: 'lux-session-peer-v1',
  /** A member's batch of receipts. */
  receipt: 'lux-session-receipt-v1',
  /** An inbox owner's request. */
  request: 'lux-session-request-v1',
  /** A report of what is bonded. */
  bond: 'lux-session-bond-v1',
  /** A contact card. */
  card: 'lux-session-card-v1',
  /** A sealed message, by its sender. */
  seal: 'lux-session-seal-v1',
} as const;
export type SignatureContext = (typeof SIGNATURE_CONTEXT)[keyof typeof SIGNATURE_CONTEXT];
