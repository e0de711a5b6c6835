import {branded, toChainId, toHash, toKemSeed, toSigningSeed} from '../protocol/bytes.ts';
import {
  bytes,
  type CodecValue,
  fixed,
  list,
  oneOf,
  optional,
  struct,
  union,
  versioned,
} from '../protocol/codec.ts';
import {magic} from '../protocol/magic.ts';
import {SEAL_OVERHEAD_BYTES} from './aead.ts';

/** Rotations of a node's keys that one file holds. */
export const MAX_ROTATIONS = 16;

/** Keys that a node took on one chain after those it began with. */
export const NodeRotation = struct('NodeRotation', {
  chainId: fixed(toChainId),
  kemSeed: fixed(toKemSeed),
  /** Seed of a new hash chain, when it came with one. */
  chainSeed: optional(fixed(toHash)),
});
export type NodeRotation = CodecValue<typeof NodeRotation>;

/** Secrets of one identity. Type ids are append-only. */
export const IdentitySecrets = union('IdentitySecrets', {
  /** An account of the chain. */
  account: {typeId: 0, codec: struct('AccountSecrets', {signingSeed: fixed(toSigningSeed)})},
  /** A service node. */
  node: {
    typeId: 1,
    codec: struct('NodeSecrets', {
      signingSeed: fixed(toSigningSeed),
      kemSeed: fixed(toKemSeed),
      /** Seed of the commit-reveal hash chain. */
      chainSeed: fixed(toHash),
    }),
  },
  /** The owner of an inbox. */
  session: {
    typeId: 2,
    codec: struct('SessionSecrets', {signingSeed: fixed(toSigningSeed), kemSeed: fixed(toKemSeed)}),
  },
  /** A service node whose keys were rotated; before that it is a `node`. */
  rotatedNode: {
    typeId: 3,
    codec: struct('RotatedNodeSecrets', {
      signingSeed: fixed(toSigningSeed),
      kemSeed: fixed(toKemSeed),
      chainSeed: fixed(toHash),
      /** Oldest first. */
      rotations: list(NodeRotation, {maxLength: MAX_ROTATIONS}),
    }),
  },
});
export type IdentitySecrets = CodecValue<typeof IdentitySecrets>;

/** 16 MiB … 256 MiB of memory for scrypt: a hostile file cannot ask for more. */
const LOG_COSTS = [14, 15, 16, 17, 18] as const;
export type ScryptLogCost = (typeof LOG_COSTS)[number];

export const toSalt = branded('ScryptSalt', 16);
export const toNonce = branded('XChaChaNonce', 24);

/** How sealed secrets are opened; as associated data it is bound to them. */
export const SealHeader = versioned(
  1,
  struct('SealHeader', {
    /** log2 of scrypt's N; r = 8, p = 1. */
    logCost: oneOf<ScryptLogCost>('scrypt logCost', LOG_COSTS),
    salt: fixed(toSalt),
    nonce: fixed(toNonce),
  }),
);
export type SealHeader = CodecValue<typeof SealHeader>;

const IdentityContent = union('IdentityContent', {
  plain: {typeId: 0, codec: IdentitySecrets},
  /** IdentitySecrets under XChaCha20-Poly1305, keyed by scrypt of the passphrase. */
  sealed: {
    typeId: 1,
    codec: struct('SealedSecrets', {
      header: SealHeader,
      box: bytes({maxLength: IdentitySecrets.maxSize + SEAL_OVERHEAD_BYTES}),
    }),
  },
});

/** An identity at rest. SPEC.md §13.1. */
export const IdentityFile = struct('IdentityFile', {
  magic: magic('sessionvm identity file ', 'an identity file'),
  content: versioned(1, IdentityContent),
});
export type IdentityFile = CodecValue<typeof IdentityFile>;
