import {toChainId, toHash, toKemCiphertext, toSessionId, toSignature} from '../bytes.ts';
import {
  bytes,
  type Codec,
  type CodecValue,
  fixed,
  limited,
  struct,
  u16,
  u32,
  u64,
  union,
  utf8,
  versioned,
} from '../codec.ts';
import {CodecError} from '../errors.ts';
import {MAX_RECORD_BYTES} from '../stored-record.ts';
import {OwnerKeys} from './owner-auth.ts';

export const SEALED_VERSION = 1;

/**
 * Lengths that a sealed message has, in bytes: whoever stores it learns one of these and no other
 * size. The last is the longest record that an inbox takes.
 */
export const SEALED_SIZES = [8192, 16_384, 32_768, 65_536, MAX_RECORD_BYTES] as const;

/** Version, ciphertext and the length of the box: what stands before the box. */
const BEFORE_BOX_BYTES = 2 + toKemCiphertext.byteLength + 4;
/** Poly1305's, at the end of a box. */
const TAG_BYTES = 16;

/** Of the padded plaintext in a message of this size. */
const plaintextBytes = (size: number): number => size - BEFORE_BOX_BYTES - TAG_BYTES;

const PLAINTEXT_SIZES = SEALED_SIZES.map(plaintextBytes);
const MAX_PLAINTEXT_BYTES = plaintextBytes(MAX_RECORD_BYTES);

const anyBox = bytes({maxLength: MAX_PLAINTEXT_BYTES + TAG_BYTES});

function checkBox(box: Uint8Array): Uint8Array {
  if (PLAINTEXT_SIZES.includes(box.length - TAG_BYTES)) return box;
  throw new CodecError('CODEC_OUT_OF_RANGE', {type: 'box length', value: box.length});
}

/** What lies in an inbox: random bytes to everybody but its owner. SPEC.md §16.1. */
export const SealedMessage = versioned(
  SEALED_VERSION,
  struct('SealedMessage', {
    kemCiphertext: fixed(toKemCiphertext),
    /** Of the lengths that make the whole one of `SEALED_SIZES`. */
    box: {
      ...anyBox,
      read: (from) => checkBox(anyBox.read(from)),
      write: (to, box) => anyBox.write(to, checkBox(box)),
    } satisfies Codec<Uint8Array>,
  }),
);
export type SealedMessage = CodecValue<typeof SealedMessage>;

/** Associated data of the box. */
export const SealedHeader = struct('SealedHeader', {
  version: u16,
  networkId: u32,
  chainId: fixed(toChainId),
  recipient: fixed(toSessionId),
  /** Length of the whole message: one of `SEALED_SIZES`. */
  size: u32,
});
export type SealedHeader = CodecValue<typeof SealedHeader>;

/** What key and nonce of a box depend on, beside the shared secret that is hashed before it. */
export const SealTranscript = struct('SealTranscript', {
  kemCiphertext: fixed(toKemCiphertext),
  recipient: fixed(toSessionId),
  /** SHA-256 of the key that the secret was encapsulated to. */
  recipientKemHash: fixed(toHash),
  networkId: u32,
  chainId: fixed(toChainId),
});
export type SealTranscript = CodecValue<typeof SealTranscript>;

/** Zero bytes up to the end, as many as the value says; others are refused. */
const padding: Codec<number> = {
  name: 'padding',
  maxSize: MAX_PLAINTEXT_BYTES,
  read(from) {
    const zeros = from.bytes(from.remaining);
    // PERF: a callback for each byte takes 40 µs longer for 8 KB.
    let bits = 0;
    for (let i = 0; i < zeros.length; i++) bits |= zeros[i] ?? 0;
    if (bits !== 0) throw new CodecError('CODEC_BAD_PADDING');
    return zeros.length;
  },
  write: (to, count) => to.bytes(new Uint8Array(count)),
};

/** A plaintext without content or padding: keys, time, the content's type id and length, signature. */
const FRAME_BYTES = OwnerKeys.maxSize + 8 + 4 + 4 + toSignature.byteLength;
/** Longest content of one message: 69 229 bytes. Text counts in UTF-8. */
export const MAX_CONTENT_BYTES = MAX_PLAINTEXT_BYTES - FRAME_BYTES;

/** Of the smallest message that takes so many bytes of content; undefined above the longest. */
export function sealedSizeFor(contentBytes: number): number | undefined {
  return SEALED_SIZES.find((size) => FRAME_BYTES + contentBytes <= plaintextBytes(size));
}

/** Zero bytes after content of this length in a message of this size. */
export function paddingBytes(size: number, contentBytes: number): number {
  return plaintextBytes(size) - FRAME_BYTES - contentBytes;
}

/** What a message says. Type ids are append-only. */
export const MessageContent = union('MessageContent', {
  text: {typeId: 0, codec: utf8({maxLength: MAX_CONTENT_BYTES})},
  bytes: {typeId: 1, codec: bytes({maxLength: MAX_CONTENT_BYTES})},
});
export type MessageContent = CodecValue<typeof MessageContent>;

/** What is in a box: nobody but the recipient sees who sent it. */
export const SealedPlaintext = limited(
  MAX_PLAINTEXT_BYTES,
  struct('SealedPlaintext', {
    /** The sender's: their hash is the sender's id. */
    sender: OwnerKeys,
    /** Unix ms by the sender's clock. */
    timeMs: u64,
    content: MessageContent,
    /** The sender's, over SealClaim, context `seal`. */
    signature: fixed(toSignature),
    padding,
  }),
);
export type SealedPlaintext = CodecValue<typeof SealedPlaintext>;

/**
 * What the sender signs: the recipient cannot pass the message on as one to somebody else, nor put
 * its content into another box. SPEC.md §16.3.
 */
export const SealClaim = struct('SealClaim', {
  networkId: u32,
  chainId: fixed(toChainId),
  recipient: fixed(toSessionId),
  recipientKemHash: fixed(toHash),
  /** SHA-256 of the KEM ciphertext. */
  ciphertextHash: fixed(toHash),
  sender: fixed(toSessionId),
  timeMs: u64,
  /** SHA-256 of the encoded MessageContent: its type, length and bytes. */
  contentHash: fixed(toHash),
});
export type SealClaim = CodecValue<typeof SealClaim>;
