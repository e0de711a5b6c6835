import {generateKeyPairFromSeed, publicKeyFromRaw} from '@libp2p/crypto/keys';
import type {Ed25519PrivateKey, PeerId} from '@libp2p/interface';
import {peerIdFromPublicKey} from '@libp2p/peer-id';
import {equalBytes} from '../protocol/bytes.ts';
import {InvariantError} from '../protocol/errors.ts';
import {NetworkError} from './errors.ts';

const SEED_BYTES = 32;
const KEY_BYTES = 32;
/** Identity multihash of 36 bytes, then libp2p's envelope of an Ed25519 key: type 1, 32 bytes. */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);

/** @param seed 32 bytes; it stays the caller's. */
export function transportKey(seed: Uint8Array): Promise<Ed25519PrivateKey> {
  if (seed.length !== SEED_BYTES) throw new InvariantError('a transport seed has 32 bytes');
  return generateKeyPairFromSeed('Ed25519', seed);
}

export function peerIdToBytes(peerId: PeerId): Uint8Array {
  return peerId.toMultihash().bytes;
}

/**
 * The text form. Service nodes have Ed25519 identities, so that one key has one form.
 * @throws NetworkError NETWORK_BAD_PEER_RECORD for anything else.
 */
export function peerIdToString(bytes: Uint8Array): string {
  const hasPrefix = equalBytes(bytes.subarray(0, PREFIX.length), PREFIX);
  if (!hasPrefix || bytes.length !== PREFIX.length + KEY_BYTES) {
    throw new NetworkError('NETWORK_BAD_PEER_RECORD', {problem: 'peer id'});
  }
  try {
    return peerIdFromPublicKey(publicKeyFromRaw(bytes.subarray(PREFIX.length))).toString();
  } catch (cause) {
    throw new NetworkError('NETWORK_BAD_PEER_RECORD', {problem: 'peer id'}, {cause});
  }
}
