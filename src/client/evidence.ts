import {storedSetHash} from '../crypto/stored-set-hash.ts';
import {compareBytes, type Hash} from '../protocol/bytes.ts';
import type {Evidence, SignedCommitment} from '../protocol/chain/evidence.ts';
import type {Tx} from '../protocol/chain/tx.ts';

function setHash({duty: {networkId, chainId, epoch, body}}: SignedCommitment): Hash {
  const {swarmId, set} = body;
  return storedSetHash({networkId, chainId, epoch, swarmId, set});
}

function signedCommitment({unsigned, signature}: Tx): SignedCommitment | undefined {
  return unsigned.type === 'storageCommitment' ? {duty: unsigned.value, signature} : undefined;
}

/**
 * What two transactions prove: that one node signed two sets for one epoch, swarm and revision.
 * undefined when they prove nothing. Their signatures are the caller's to check.
 */
export function evidenceOf(one: Tx, other: Tx): Evidence | undefined {
  const [a, b] = [signedCommitment(one), signedCommitment(other)];
  if (a === undefined || b === undefined) return undefined;
  const isOneDuty =
    compareBytes(a.duty.nodeId, b.duty.nodeId) === 0 &&
    a.duty.epoch === b.duty.epoch &&
    a.duty.revision === b.duty.revision &&
    a.duty.body.swarmId === b.duty.body.swarmId;
  const order = compareBytes(setHash(a), setHash(b));
  if (!isOneDuty || order === 0) return undefined;
  return order < 0 ? {first: a, second: b} : {first: b, second: a};
}
