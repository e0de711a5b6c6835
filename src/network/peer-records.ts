import type {Signer} from '../crypto/ml-dsa.ts';
import {verifySignatureAsync} from '../crypto/ml-dsa.ts';
import {equalBytes} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {
  MAX_PEER_RECORD_AGE_MS,
  PeerRecord,
  type SignedPeerRecord,
} from '../protocol/overlay/peer-record.ts';
import {isPlainAddress} from './addresses.ts';
import {NetworkError} from './errors.ts';
import type {Peer} from './overlay.ts';
import type {ChainRef, RegisteredKeys} from './overlay-init.ts';
import {peerIdToString} from './peer-identity.ts';

/** Signs where a node is reached, by its registered key. SPEC.md §15.3. */
export function signPeerRecord(record: PeerRecord, signer: Signer): SignedPeerRecord {
  const signature = signer.sign(SIGNATURE_CONTEXT.peer, encode(PeerRecord, record));
  return {record, signature};
}

export type PeerRecordCheck = {
  readonly chain: ChainRef;
  readonly keys: RegisteredKeys;
  /** Unix ms. */
  readonly nowMs: number;
  /** Who is at the other end of the connection, when the record came over one from its subject. */
  readonly remotePeerId?: string;
  readonly signal?: AbortSignal;
};

export const badRecord = (problem: string): NetworkError =>
  new NetworkError('NETWORK_BAD_PEER_RECORD', {problem});

/** Whether it may still be used: its expiry lies ahead, but not further than a record may live. */
export function isCurrent({expiresMs}: PeerRecord, nowMs: number): boolean {
  const leftMs = expiresMs - BigInt(nowMs);
  return leftMs > 0n && leftMs <= MAX_PEER_RECORD_AGE_MS;
}

function checkForm(
  {record}: SignedPeerRecord,
  {chain, nowMs, remotePeerId}: PeerRecordCheck,
): void {
  if (record.networkId !== chain.networkId) throw badRecord('network');
  if (!equalBytes(record.chainId, chain.chainId)) throw badRecord('chain');
  if (!isCurrent(record, nowMs)) throw badRecord('expiry');
  const peerId = peerIdToString(record.peerId);
  if (remotePeerId !== undefined && peerId !== remotePeerId) throw badRecord('another peer');
  if (!record.addresses.every(isPlainAddress)) throw badRecord('address');
}

/**
 * Checks everything that the record claims, the signature last.
 * @throws NetworkError NETWORK_BAD_PEER_RECORD, or NETWORK_UNKNOWN_PEER for a node that is not
 * registered; whatever the registry throws when it cannot be asked.
 */
export async function verifyPeerRecord(
  signed: SignedPeerRecord,
  check: PeerRecordCheck,
): Promise<void> {
  checkForm(signed, check);
  const {record, signature} = signed;
  const publicKey = await check.keys.signingKeyOf(record.nodeId, check.signal);
  if (publicKey === undefined) throw new NetworkError('NETWORK_UNKNOWN_PEER');
  const message = encode(PeerRecord, record);
  const isSigned = await verifySignatureAsync({
    publicKey,
    context: SIGNATURE_CONTEXT.peer,
    message,
    signature,
  });
  if (!isSigned) throw badRecord('signature');
}

/** PERF: a peer is named for every request, and its name is a key in base 58. */
const peers = new WeakMap<SignedPeerRecord, Peer>();

/** Whom to dial for a record. */
export function peerOf(signed: SignedPeerRecord): Peer {
  const known = peers.get(signed);
  if (known !== undefined) return known;
  const {peerId, addresses} = signed.record;
  const peer = {peerId: peerIdToString(peerId), addresses};
  peers.set(signed, peer);
  return peer;
}
