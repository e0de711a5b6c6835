import {toChainId, toHash, toKemPublicKey, toNodeId, toSignature} from '../bytes.ts';
import {type CodecValue, fixed, oneOf, optional, struct, u32, u64, versioned} from '../codec.ts';
import {SCHEME_ML_KEM_768} from './register-service-node.ts';

const fields = {
  nodeId: fixed(toNodeId),
  /** The node record's sequence + 1. */
  sequence: u64,
  kemScheme: oneOf('KEM scheme', [SCHEME_ML_KEM_768]),
  encryptionKey: fixed(toKemPublicKey),
  /** Tip of a new hash chain, in force from the next transition. */
  hashChainTip: optional(fixed(toHash)),
} as const;

/** What the node key signs, context `rotate`. SPEC.md §5.8. */
export const KeyRotation = versioned(
  0,
  struct('KeyRotation', {networkId: u32, chainId: fixed(toChainId), ...fields}),
);
export type KeyRotation = CodecValue<typeof KeyRotation>;

/** A new transport key; the one before stays usable for two transitions. SPEC.md §5.8. */
export const RotateTransportKey = struct('RotateTransportKey', {
  ...fields,
  signature: fixed(toSignature),
});
export type RotateTransportKey = CodecValue<typeof RotateTransportKey>;
