import {openXChaCha, sealXChaCha} from '../crypto/aead.ts';
import {CryptoError} from '../crypto/errors.ts';
import {sessionIdOf} from '../crypto/ids.ts';
import {isKemPublicKey} from '../crypto/kem-public-key.ts';
import {verifySignature} from '../crypto/ml-dsa.ts';
import {encapsulate} from '../crypto/ml-kem.ts';
import type {SessionId} from '../protocol/bytes.ts';
import {decode, encode} from '../protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {CodecError} from '../protocol/errors.ts';
import type {OwnerKeys} from '../protocol/overlay/owner-auth.ts';
import {
  MAX_CONTENT_BYTES,
  MessageContent,
  paddingBytes,
  SealedMessage,
  SealedPlaintext,
  sealedSizeFor,
} from '../protocol/overlay/sealed-message.ts';
import {ClientError} from './errors.ts';
import {
  deriveSealKeys,
  type SealPlace,
  sealClaimBytes,
  sealHeaderBytes,
  sealPlaceOf,
} from './seal-keys.ts';
import type {SessionIdentity} from './session-identity.ts';
import type {ChainRef} from './transactions.ts';

export type SealInit = {
  readonly chain: ChainRef;
  /** From a verified contact card. */
  readonly recipient: OwnerKeys;
  readonly sender: SessionIdentity;
  readonly content: MessageContent;
  /** The sender's clock, Unix ms. */
  readonly timeMs: bigint;
};

export type OpenedMessage = {
  readonly sender: SessionId;
  /** To answer with: they hash to the sender's id. */
  readonly senderKeys: OwnerKeys;
  /** What the sender's clock said, Unix ms: signed, but nobody else vouches for it. */
  readonly timeMs: bigint;
  readonly content: MessageContent;
};

/** Type id and length before the bytes of an encoded MessageContent. */
const CONTENT_PREFIX_BYTES = 8;

function encodeContent(content: MessageContent): Uint8Array {
  try {
    return encode(MessageContent, content);
  } catch (error) {
    if (!(error instanceof CodecError) || error.code !== 'CODEC_LENGTH_LIMIT') throw error;
    const found = error.details['found'] ?? content.value.length;
    const details = {found, limit: MAX_CONTENT_BYTES};
    throw new ClientError('CLIENT_SEAL_TOO_LARGE', details, {cause: error});
  }
}

/**
 * A message that its recipient alone can open, of one of five sizes. Two seals of one content have
 * nothing in common. SPEC.md §16.
 * @throws ClientError CLIENT_SEAL_TOO_LARGE above 69 229 bytes of content; CryptoError
 * CRYPTO_INVALID_KEY for a recipient's key that is none; CodecError for text that is not UTF-16
 */
export function sealMessage({chain, recipient, sender, content, timeMs}: SealInit): Uint8Array {
  const encoded = encodeContent(content);
  const contentBytes = encoded.length - CONTENT_PREFIX_BYTES;
  const size = sealedSizeFor(contentBytes);
  if (size === undefined) throw new ClientError('CLIENT_SEAL_TOO_LARGE', {found: contentBytes});
  const {kem, signing} = recipient;
  const place = sealPlaceOf(chain, sessionIdOf(kem, signing), recipient);
  const {ciphertext: kemCiphertext, sharedSecret} = encapsulate(kem);
  const {key, nonce} = deriveSealKeys(sharedSecret, kemCiphertext, place);
  try {
    const claim = {kemCiphertext, sender: sender.sessionId, timeMs, content: encoded};
    const plaintext = encode(SealedPlaintext, {
      sender: sender.keys,
      timeMs,
      content,
      signature: sender.signer.sign(SIGNATURE_CONTEXT.seal, sealClaimBytes(place, claim)),
      padding: paddingBytes(size, contentBytes),
    });
    const box = sealXChaCha(key, nonce, plaintext, sealHeaderBytes(place, size));
    return encode(SealedMessage, {kemCiphertext, box});
  } finally {
    for (const secret of [sharedSecret, key, nonce]) secret.fill(0);
  }
}

function readSealed(sealed: Uint8Array): SealedMessage {
  try {
    return decode(SealedMessage, sealed);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new ClientError('CLIENT_SEAL_MALFORMED', {codec: cause.code}, {cause});
  }
}

function openBox(
  {kemCiphertext, box}: SealedMessage,
  {place, recipient, size}: {place: SealPlace; recipient: SessionIdentity; size: number},
): Uint8Array {
  const sharedSecret = recipient.kemKey.decapsulate(kemCiphertext);
  const {key, nonce} = deriveSealKeys(sharedSecret, kemCiphertext, place);
  try {
    return openXChaCha(key, nonce, box, sealHeaderBytes(place, size));
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new ClientError('CLIENT_SEAL_NOT_OPENED', {}, {cause});
  } finally {
    for (const secret of [sharedSecret, key, nonce]) secret.fill(0);
  }
}

function readPlaintext(plaintext: Uint8Array): SealedPlaintext {
  try {
    return decode(SealedPlaintext, plaintext);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    const isPadding = cause.code === 'CODEC_BAD_PADDING';
    const code = isPadding ? 'CLIENT_SEAL_BAD_PADDING' : 'CLIENT_SEAL_BAD_CONTENT';
    throw new ClientError(code, {codec: cause.code}, {cause});
  }
}

/**
 * Opens what lay in the inbox of `recipient` on this chain, and checks who wrote it, for whom.
 * Anybody may put anything there: every refusal is coded, and the reader goes on with the next.
 * @throws ClientError CLIENT_SEAL_MALFORMED, CLIENT_SEAL_NOT_OPENED, CLIENT_SEAL_BAD_CONTENT,
 * CLIENT_SEAL_BAD_PADDING, CLIENT_SEAL_BAD_SIGNATURE
 */
export function openSealed(
  sealed: Uint8Array,
  {chain, recipient}: {readonly chain: ChainRef; readonly recipient: SessionIdentity},
): OpenedMessage {
  const message = readSealed(sealed);
  const place = sealPlaceOf(chain, recipient.sessionId, recipient.keys);
  const plaintext = openBox(message, {place, recipient, size: sealed.length});
  const {sender: senderKeys, timeMs, content, signature} = readPlaintext(plaintext);
  if (!isKemPublicKey(senderKeys.kem)) {
    throw new ClientError('CLIENT_SEAL_BAD_CONTENT', {problem: 'the sender’s key is none'});
  }
  const sender = sessionIdOf(senderKeys.kem, senderKeys.signing);
  const {kemCiphertext} = message;
  const claim = {kemCiphertext, sender, timeMs, content: encode(MessageContent, content)};
  const isSigned = verifySignature({
    publicKey: senderKeys.signing,
    context: SIGNATURE_CONTEXT.seal,
    message: sealClaimBytes(place, claim),
    signature,
  });
  if (!isSigned) throw new ClientError('CLIENT_SEAL_BAD_SIGNATURE');
  return {sender, senderKeys, timeMs, content};
}
