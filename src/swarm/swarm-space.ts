import {blake3} from '../crypto/hash.ts';
import {bytesToBigInt, type SessionId} from '../protocol/bytes.ts';

/**
 * Swarm of an inbox: BLAKE3-256 of the recipient's 33-byte id, read as one big-endian integer,
 * mod num_swarms = 2^swarmExponent. LP-046's formula; a sender needs nothing but the id. SPEC.md §7.
 */
export function swarmOf(recipientPubkey: SessionId, swarmExponent: number): number {
  const position = bytesToBigInt(blake3(recipientPubkey));
  return Number(position % (1n << BigInt(swarmExponent)));
}
