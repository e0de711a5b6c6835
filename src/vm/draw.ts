import {taggedHash} from '../crypto/hash.ts';
import {compareBytes, type Hash, type NodeId} from '../protocol/bytes.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import {epochDuties} from './state/duties.ts';
import type {StateReader} from './state/view.ts';

/** mix of genesis: the value before the first draw. Chain-rules §3. */
export function genesisMix(genesisBytes: Uint8Array): Hash {
  return taggedHash(HASH_TAG.mix, genesisBytes);
}

/** mix_e = SHA-256(tag ‖ mix before ‖ reveals of e in NodeID order). Chain-rules §3. */
export function drawMix(state: StateReader, epoch: bigint, previous: Hash): Hash {
  const reveals: {readonly nodeId: NodeId; readonly reveal: Hash}[] = [];
  for (const [nodeId, {reveal}] of epochDuties(state, epoch)) {
    if (reveal !== undefined) reveals.push({nodeId, reveal});
  }
  reveals.sort((a, b) => compareBytes(a.nodeId, b.nodeId));
  return taggedHash(HASH_TAG.mix, previous, ...reveals.map(({reveal}) => reveal));
}
