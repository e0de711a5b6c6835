import {CodecError, InvariantError} from './errors.ts';

declare const brand: unique symbol;

/** Bytes of one fixed length and one meaning. Only the constructor of its kind makes them. */
export type Branded<Name extends string> = Uint8Array & {readonly [brand]: Name};

/** A smart constructor: checks the length once, at the edge. */
export type BytesConstructor<T extends Uint8Array> = ((bytes: Uint8Array) => T) & {
  readonly byteLength: number;
  readonly typeName: string;
};

/**
 * Makes the constructor of one kind of fixed-length bytes.
 * @throws CodecError CODEC_WRONG_LENGTH when the argument has another length.
 */
export function branded<Name extends string>(
  typeName: Name,
  byteLength: number,
): BytesConstructor<Branded<Name>> {
  const construct = (bytes: Uint8Array): Branded<Name> => {
    if (bytes.length !== byteLength) {
      throw new CodecError('CODEC_WRONG_LENGTH', {
        type: typeName,
        expected: byteLength,
        found: bytes.length,
      });
    }
    return bytes as Branded<Name>;
  };
  return Object.assign(construct, {byteLength, typeName});
}

/** A chain's id: the id of the transaction that created it. 32 bytes. */
export const toChainId = branded('ChainId', 32);
export type ChainId = Branded<'ChainId'>;

/** SHA-256 of a block's full bytes. */
export const toBlockId = branded('BlockId', 32);
export type BlockId = Branded<'BlockId'>;

/** SHA-256 of a transaction's full bytes. */
export const toTxId = branded('TxId', 32);
export type TxId = Branded<'TxId'>;

/** Any other 32-byte digest: state root, Merkle root, mix, reveal. */
export const toHash = branded('Hash', 32);
export type Hash = Branded<'Hash'>;

/** A node's 20-byte id. */
export const toNodeId = branded('NodeId', 20);
export type NodeId = Branded<'NodeId'>;

/** Account: the first 20 bytes of SHA-256 of an ML-DSA-65 public key. */
export const toAddress = branded('Address', 20);
export type Address = Branded<'Address'>;

/** Owner of an inbox: prefix byte `07`, then 32 bytes. */
export const toSessionId = branded('SessionId', 33);
export type SessionId = Branded<'SessionId'>;

/** Raw ML-DSA-65 public key (FIPS 204). */
export const toSigningPublicKey = branded('SigningPublicKey', 1952);
export type SigningPublicKey = Branded<'SigningPublicKey'>;

/** ML-DSA-65 signature (FIPS 204). */
export const toSignature = branded('Signature', 3309);
export type Signature = Branded<'Signature'>;

/** Raw ML-KEM-768 public (encapsulation) key (FIPS 203). */
export const toKemPublicKey = branded('KemPublicKey', 1184);
export type KemPublicKey = Branded<'KemPublicKey'>;

/** ML-KEM-768 ciphertext (FIPS 203). */
export const toKemCiphertext = branded('KemCiphertext', 1088);
export type KemCiphertext = Branded<'KemCiphertext'>;

/** ML-DSA-65 secret at rest: the 32-byte seed of FIPS 204 key generation. */
export const toSigningSeed = branded('SigningSeed', 32);
export type SigningSeed = Branded<'SigningSeed'>;

/** ML-KEM-768 secret at rest: the 64-byte seed (d, then z) of FIPS 203 key generation. */
export const toKemSeed = branded('KemSeed', 64);
export type KemSeed = Branded<'KemSeed'>;

/** 32 zero bytes: the parent of genesis, the answer when there is no W. */
export const ZERO_HASH: Hash = toHash(new Uint8Array(32));

/** The parts, one after the other, in an array that `take` gives for their length. */
export function joinBytes(
  parts: readonly Uint8Array[],
  take: (length: number) => Uint8Array,
): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = take(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

const newBytes = (length: number): Uint8Array => new Uint8Array(length);

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(parts, newBytes);
}

/** Order of the bytes as unsigned numbers; a prefix comes before what it starts. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** The big-endian u32 there. PERF: a DataView of a short array costs ten times as much. */
export function u32At(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return ((high << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

/** Whether `bytes` begins with `prefix`. */
export function startsWithBytes(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => byte === bytes[i]);
}

const HEX = Array.from({length: 256}, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex without a prefix. */
export function bytesToHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** The bytes as the key of a Map or Set: one character each. For look-ups, not for people. */
export function bytesToKey(bytes: Uint8Array): string {
  // PERF: a spread goes through the iterator, six times slower.
  return Reflect.apply(String.fromCharCode, undefined, bytes);
}

/** What bytesToKey made a key of. */
export function keyToBytes(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let i = 0; i < key.length; i++) bytes[i] = key.charCodeAt(i);
  return bytes;
}

/**
 * Reads hex with or without `0x`, either case.
 * @throws CodecError CODEC_BAD_TEXT for an odd length or a foreign character.
 */
export function hexToBytes(text: string): Uint8Array {
  const digits = text.startsWith('0x') ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new CodecError('CODEC_BAD_TEXT', {expected: 'hex', length: text.length});
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

/** The bytes as one unsigned big-endian integer. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}

const encoder = new TextEncoder();

export function utf8ToBytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** ASCII constants only: tags and contexts. */
export function asciiBytes(text: string): Uint8Array {
  if (!/^[\x20-\x7e]*$/.test(text)) throw new InvariantError('text is not ASCII');
  return encoder.encode(text);
}
