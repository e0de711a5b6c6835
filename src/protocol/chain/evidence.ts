import {toSignature} from '../bytes.ts';
import {type CodecValue, fixed, struct} from '../codec.ts';
import {StorageCommitment} from './storage-commitment.ts';
import {dutyTx} from './tx-headers.ts';

/** A commitment as its node signed it: header and body of the duty, and the signature. SPEC.md §5.9. */
export const SignedCommitment = struct('SignedCommitment', {
  duty: dutyTx(StorageCommitment),
  signature: fixed(toSignature),
});
export type SignedCommitment = CodecValue<typeof SignedCommitment>;

/** Two commitments of one node, epoch, swarm and revision to different sets. SPEC.md §5.9. */
export const Evidence = struct('Evidence', {
  /** The smaller C comes first: one form per pair. */
  first: SignedCommitment,
  second: SignedCommitment,
});
export type Evidence = CodecValue<typeof Evidence>;
