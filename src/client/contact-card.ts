import {sessionIdOf} from '../crypto/ids.ts';
import {isKemPublicKey} from '../crypto/kem-public-key.ts';
import {verifySignature} from '../crypto/ml-dsa.ts';
import {equalBytes, type SessionId} from '../protocol/bytes.ts';
import {decode, encode} from '../protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {ContactCard, SignedContactCard} from '../protocol/overlay/contact-card.ts';
import type {OwnerKeys} from '../protocol/overlay/owner-auth.ts';
import {ClientError} from './errors.ts';
import type {SessionIdentity} from './session-identity.ts';

/** How far a card's time may lie ahead of the reader's clock, in ms: a day, for clocks set wrong. */
export const MAX_CARD_AHEAD_MS = 86_400_000n;

/** Somebody to write to: what a good card says. */
export type Contact = {
  readonly sessionId: SessionId;
  readonly keys: OwnerKeys;
  /** The name that the owner chose: anybody may choose any. */
  readonly name: string | undefined;
  /** Unix ms; a later card of the same id replaces an earlier one. */
  readonly timeMs: bigint;
};

/**
 * One's own card, signed: bytes for a file or for one's public outbox.
 * @throws CodecError CODEC_BAD_TEXT, CODEC_LENGTH_LIMIT for a name above 64 bytes, with space
 * around it, or with characters that are not shown
 */
export function createContactCard(
  {keys, signer}: SessionIdentity,
  {name, timeMs}: {readonly name?: string | undefined; readonly timeMs: bigint},
): Uint8Array {
  const card: ContactCard = {keys, name, timeMs};
  const signature = signer.sign(SIGNATURE_CONTEXT.card, encode(ContactCard, card));
  return encode(SignedContactCard, {magic: undefined, card, signature});
}

/**
 * Reads and checks a card from wherever it came.
 * @param expected the id that was asked for; undefined takes any owner, whose id is then to be
 * compared by the person
 * @param nowMs the reader's clock, Unix ms
 * @throws CodecError for bytes that are no card; ClientError CLIENT_CARD_WRONG_ID,
 * CLIENT_CARD_BAD_KEY, CLIENT_CARD_BAD_SIGNATURE, CLIENT_CARD_FROM_FUTURE
 */
export function readContactCard(
  bytes: Uint8Array,
  {nowMs, expected}: {readonly nowMs: bigint; readonly expected?: SessionId | undefined},
): Contact {
  const {card, signature} = decode(SignedContactCard, bytes);
  const {keys, name, timeMs} = card;
  const sessionId = sessionIdOf(keys.kem, keys.signing);
  if (expected !== undefined && !equalBytes(sessionId, expected)) {
    throw new ClientError('CLIENT_CARD_WRONG_ID');
  }
  if (!isKemPublicKey(keys.kem)) throw new ClientError('CLIENT_CARD_BAD_KEY');
  const isSigned = verifySignature({
    publicKey: keys.signing,
    context: SIGNATURE_CONTEXT.card,
    message: encode(ContactCard, card),
    signature,
  });
  if (!isSigned) throw new ClientError('CLIENT_CARD_BAD_SIGNATURE');
  // It would count as the newest until then.
  if (timeMs > nowMs + MAX_CARD_AHEAD_MS) {
    throw new ClientError('CLIENT_CARD_FROM_FUTURE', {timeMs, nowMs});
  }
  return {sessionId, keys, name, timeMs};
}
