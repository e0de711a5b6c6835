import {sha256, taggedHash} from '../crypto/hash.ts';
import type {Hash, KemCiphertext, SessionId} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import type {OwnerKeys} from '../protocol/overlay/owner-auth.ts';
import {
  SEALED_VERSION,
  SealClaim,
  SealedHeader,
  SealTranscript,
} from '../protocol/overlay/sealed-message.ts';
import type {ChainRef} from './transactions.ts';

/** Where a message belongs: one inbox, by one key, on one chain. Everything in a seal is bound to it. */
export type SealPlace = ChainRef & {
  readonly recipient: SessionId;
  readonly recipientKemHash: Hash;
};

const NONCE_BYTES = 24;

export function sealPlaceOf(
  {networkId, chainId}: ChainRef,
  recipient: SessionId,
  {kem}: OwnerKeys,
): SealPlace {
  return {networkId, chainId, recipient, recipientKemHash: sha256(kem)};
}

/**
 * Key (32 bytes) and nonce (24) of one box. The secret is fresh for each message, so they are used
 * once; the transcript keeps a ciphertext from meaning anything elsewhere. SPEC.md §16.2.
 * Both are the caller's to wipe, as is the secret.
 */
export function deriveSealKeys(
  sharedSecret: Uint8Array,
  kemCiphertext: KemCiphertext,
  place: SealPlace,
): {readonly key: Uint8Array; readonly nonce: Uint8Array} {
  // The secret is hashed from where it lies: encoding it would leave a copy that nobody wipes.
  const transcript = encode(SealTranscript, {...place, kemCiphertext});
  const key = taggedHash(HASH_TAG.sealKey, sharedSecret, transcript);
  const nonce = taggedHash(HASH_TAG.sealNonce, sharedSecret, transcript);
  return {key, nonce: nonce.subarray(0, NONCE_BYTES)};
}

/** Associated data of the box in a message of `size` bytes. */
export function sealHeaderBytes(place: SealPlace, size: number): Uint8Array {
  return encode(SealedHeader, {version: SEALED_VERSION, ...place, size});
}

export type SealStatement = {
  readonly kemCiphertext: KemCiphertext;
  readonly sender: SessionId;
  /** Unix ms. */
  readonly timeMs: bigint;
  /** Encoded MessageContent. */
  readonly content: Uint8Array;
};

/** What the sender signs. SPEC.md §16.3. */
export function sealClaimBytes(
  place: SealPlace,
  {kemCiphertext, sender, timeMs, content}: SealStatement,
): Uint8Array {
  return encode(SealClaim, {
    ...place,
    ciphertextHash: sha256(kemCiphertext),
    sender,
    timeMs,
    contentHash: sha256(content),
  });
}
