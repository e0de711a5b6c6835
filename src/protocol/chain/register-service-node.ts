import {
  toAddress,
  toChainId,
  toHash,
  toKemPublicKey,
  toNodeId,
  toSignature,
  toSigningPublicKey,
} from '../bytes.ts';
import {type CodecValue, fixed, oneOf, struct, u32, u64, versioned} from '../codec.ts';

/** Scheme bytes of the house; other values are refused until an upgrade knows them. */
export const SCHEME_ML_DSA_65 = 0x42;
export const SCHEME_ML_KEM_768 = 0x01;

const identity = {
  nodeId: fixed(toNodeId),
  signatureScheme: oneOf('signature scheme', [SCHEME_ML_DSA_65]),
  publicKey: fixed(toSigningPublicKey),
  kemScheme: oneOf('KEM scheme', [SCHEME_ML_KEM_768]),
  encryptionKey: fixed(toKemPublicKey),
  /** Tip of the node's commit-reveal hash chain. */
  hashChainTip: fixed(toHash),
} as const;

/** What the node signs: its consent to be registered by this owner on this chain. SPEC.md §5.2. */
export const NodeConsent = versioned(
  0,
  struct('NodeConsent', {
    networkId: u32,
    chainId: fixed(toChainId),
    owner: fixed(toAddress),
    ...identity,
  }),
);
export type NodeConsent = CodecValue<typeof NodeConsent>;

/** Locks a stake and adds one node to the registry. SPEC.md §5.2. */
export const RegisterServiceNode = struct('RegisterServiceNode', {
  ...identity,
  /** Base units, at least the chain's minimum. */
  stake: u64,
  /** The node key's signature over NodeConsent: proof of possession. */
  consent: fixed(toSignature),
});
export type RegisterServiceNode = CodecValue<typeof RegisterServiceNode>;

/** The file a node prints for its owner, who signs elsewhere. SPEC.md §5.2. */
export const RegistrationRequest = versioned(
  0,
  struct('RegistrationRequest', {
    networkId: u32,
    chainId: fixed(toChainId),
    owner: fixed(toAddress),
    ...identity,
    consent: fixed(toSignature),
  }),
);
export type RegistrationRequest = CodecValue<typeof RegistrationRequest>;
