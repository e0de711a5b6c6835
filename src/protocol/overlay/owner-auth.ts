import {
  branded,
  toChainId,
  toHash,
  toKemPublicKey,
  toSessionId,
  toSignature,
  toSigningPublicKey,
} from '../bytes.ts';
import {type CodecValue, fixed, oneOf, optional, struct, u32, u64} from '../codec.ts';

/** A request's time lies within this many ms of the member's clock. */
export const REQUEST_WINDOW_MS = 60_000n;

export const toRequestNonce = branded('RequestNonce', 16);

/** Both public keys of an inbox's owner: their hash is its id. */
export const OwnerKeys = struct('OwnerKeys', {
  kem: fixed(toKemPublicKey),
  signing: fixed(toSigningPublicKey),
});
export type OwnerKeys = CodecValue<typeof OwnerKeys>;

/** Numbers of the methods that an owner signs; append-only. */
export const OWNER_METHOD = {store: 2, retrieve: 3, delete: 4, watch: 5} as const;
export type OwnerMethod = (typeof OWNER_METHOD)[keyof typeof OWNER_METHOD];

/**
 * What the owner signs, context `request`: everything that could make one request pass for another.
 * SPEC.md §15.5.
 */
export const OwnerClaim = struct('OwnerClaim', {
  networkId: u32,
  chainId: fixed(toChainId),
  method: oneOf<OwnerMethod>('owner method', Object.values(OWNER_METHOD)),
  account: fixed(toSessionId),
  nonce: fixed(toRequestNonce),
  /** Unix ms by the owner's clock. */
  timeMs: u64,
  /** Tagged SHA-256 of the method's encoded parameters. */
  digest: fixed(toHash),
});
export type OwnerClaim = CodecValue<typeof OwnerClaim>;

/** Travels beside the parameters that it signs. */
export const OwnerAuth = struct('OwnerAuth', {
  nonce: fixed(toRequestNonce),
  timeMs: u64,
  /** Left out once a member knows them; it asks for them by MESSAGING_KEYS_NEEDED. */
  keys: optional(OwnerKeys),
  signature: fixed(toSignature),
});
export type OwnerAuth = CodecValue<typeof OwnerAuth>;
