import {branded, toHash, toKemSeed, toSigningSeed} from '../protocol/bytes.ts';
import {bytes, type CodecValue, fixed, oneOf, struct, union, versioned} from '../protocol/codec.ts';
import {magic} from '../protocol/magic.ts';
import {SEAL_OVERHEAD_BYTES} from './aead.ts';

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

/** An identity at rest, at most 225 bytes. SPEC.md §13. */
export const IdentityFile = struct('IdentityFile', {
  magic: magic('sessionvm identity file ', 'an identity file'),
  content: versioned(1, IdentityContent),
});
export type IdentityFile = CodecValue<typeof IdentityFile>;
