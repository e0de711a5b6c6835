import {toChainId, toHash, toNodeId, toSignature} from '../bytes.ts';
import {type CodecValue, fixed, struct, u32, u64, versioned} from '../codec.ts';

const fields = {
  nodeId: fixed(toNodeId),
  /** The node record's sequence + 1. */
  sequence: u64,
  /** SHA-256 of the ML-KEM-768 public key. */
  keyHash: fixed(toHash),
} as const;

/** What the node key signs, context `revoke`. SPEC.md §5.8. */
export const KeyRevocation = versioned(
  0,
  struct('KeyRevocation', {networkId: u32, chainId: fixed(toChainId), ...fields}),
);
export type KeyRevocation = CodecValue<typeof KeyRevocation>;

/** Nobody may encrypt to this transport key any more. SPEC.md §5.8. */
export const RevokeTransportKey = struct('RevokeTransportKey', {
  ...fields,
  signature: fixed(toSignature),
});
export type RevokeTransportKey = CodecValue<typeof RevokeTransportKey>;
