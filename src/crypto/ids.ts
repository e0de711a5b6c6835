import {shake256} from '@noble/hashes/sha3.js';
import {
  type Address,
  asciiBytes,
  type BlockId,
  bytesToHex,
  type ChainId,
  concatBytes,
  type Hash,
  hexToBytes,
  type KemPublicKey,
  type NodeId,
  type SessionId,
  type SigningPublicKey,
  type TxId,
  toAddress,
  toHash,
  toNodeId,
  toSessionId,
} from '../protocol/bytes.ts';
import {CodecError} from '../protocol/errors.ts';
import {decodeCb58, encodeCb58} from './cb58.ts';
import {blake2b256, sha256} from './hash.ts';

function paddedName(name: string): Hash {
  const bytes = new Uint8Array(32);
  bytes.set(asciiBytes(name));
  return toHash(bytes);
}

/** The VM's id: its name, padded with zeros to 32 bytes. */
export const VM_ID: Hash = paddedName('sessionvm');
export const VM_ID_TEXT = encodeCb58(VM_ID);

const NODE_ID_PREFIX = 'NodeID-';

/** CB58 of the 32-byte id of a chain, block, transaction or VM. */
export function idToString(id: Hash | ChainId | BlockId | TxId): string {
  return encodeCb58(id);
}

/**
 * 32 bytes; the caller gives them their brand.
 * @throws CodecError as `decodeCb58`, and CODEC_WRONG_LENGTH.
 */
export function idFromString(text: string): Uint8Array {
  return toHash(decodeCb58(text));
}

/** `NodeID-` and CB58. */
export function nodeIdToString(nodeId: NodeId): string {
  return NODE_ID_PREFIX + encodeCb58(nodeId);
}

/** @throws CodecError CODEC_BAD_TEXT without the prefix, else as `idFromString`. */
export function nodeIdFromString(text: string): NodeId {
  if (!text.startsWith(NODE_ID_PREFIX)) {
    throw new CodecError('CODEC_BAD_TEXT', {expected: `${NODE_ID_PREFIX}…`});
  }
  return toNodeId(decodeCb58(text.slice(NODE_ID_PREFIX.length)));
}

/** Lower-case 0x-hex. */
export function addressToString(address: Address): string {
  return `0x${bytesToHex(address)}`;
}

/** @throws CodecError CODEC_BAD_TEXT, CODEC_WRONG_LENGTH */
export function addressFromString(text: string): Address {
  return toAddress(hexToBytes(text));
}

/** The account of a key, as the house VMs make it: the first 20 bytes of its SHA-256. */
export function addressOf(publicKey: SigningPublicKey): Address {
  return toAddress(sha256(publicKey).slice(0, 20));
}

/** SP 800-185 §2.3.1: how many bytes follow, then the value, big-endian. */
function leftEncode(value: number): Uint8Array {
  const bytes = [value & 0xff];
  for (let rest = value >>> 8; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Uint8Array.of(bytes.length, ...bytes);
}

const NODE_ID_DOMAIN = asciiBytes('NODE_ID_V1');
const SCHEME_ML_DSA_65 = Uint8Array.of(0x42);
const FULL_DIGEST_BYTES = 48;

/** The NodeID that the strict post-quantum rule gives a key on one chain. SPEC.md §2. */
export function nodeIdOf(chainId: ChainId, publicKey: SigningPublicKey): NodeId {
  const hasher = shake256.create({dkLen: FULL_DIGEST_BYTES});
  for (const field of [NODE_ID_DOMAIN, chainId, SCHEME_ML_DSA_65, publicKey]) {
    hasher.update(leftEncode(field.length * 8)).update(field);
  }
  return toNodeId(hasher.digest().slice(0, toNodeId.byteLength));
}

const SESSION_ID_PREFIX = Uint8Array.of(0x07);

/** Owner id of an inbox: `07`, then BLAKE2b-256 of both public keys. */
export function sessionIdOf(kem: KemPublicKey, signing: SigningPublicKey): SessionId {
  return toSessionId(concatBytes(SESSION_ID_PREFIX, blake2b256(kem, signing)));
}
