import {bytesToKey, type ChainId, type NodeId, type SigningPublicKey} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {InvariantError} from '../protocol/errors.ts';
import {
  MAX_RECEIPTS_PER_SIGNATURE,
  Receipt,
  ReceiptBatch,
  type SignedReceipt,
} from '../protocol/overlay/receipt.ts';
import {sha256} from './hash.ts';
import {merkleProofRoot, merkleProofs} from './merkle.ts';
import {type SignatureClaim, type Signer, verifySignatureAsync} from './ml-dsa.ts';

/** The member that gives receipts, on its chain. */
export type ReceiptMaker = {
  readonly networkId: number;
  readonly chainId: ChainId;
  readonly nodeId: NodeId;
};

/** Whether the receipt's signer, of which this is the registered key, gave this receipt. */
export type VerifyReceipt = (
  signed: SignedReceipt,
  publicKey: SigningPublicKey,
) => Promise<boolean>;

/**
 * PERF: to wake a thread of the pool and to be woken by it takes a tenth of a signature: fewer receipts come
 * from few clients, and their signature holds up nobody else.
 */
const POOLED_RECEIPTS = 8;

/** Batches whose signature a verifier remembers: a store answer has one per member. */
const REMEMBERED_BATCHES = 512;

/**
 * Signs up to 1024 receipts at the price of one signature. SPEC.md §15.6.
 * @returns one per receipt, in order
 */
export async function signReceipts(
  signer: Signer,
  {networkId, chainId, nodeId}: ReceiptMaker,
  receipts: readonly Receipt[],
): Promise<SignedReceipt[]> {
  const count = receipts.length;
  if (count === 0) return [];
  if (count > MAX_RECEIPTS_PER_SIGNATURE) {
    throw new InvariantError('too many receipts for one signature', {count});
  }
  const {root, paths} = merkleProofs(receipts.map((receipt) => encode(Receipt, receipt)));
  const batch = encode(ReceiptBatch, {networkId, chainId, nodeId, root, count});
  const signature =
    count < POOLED_RECEIPTS
      ? signer.sign(SIGNATURE_CONTEXT.receipt, batch)
      : await signer.signAsync(SIGNATURE_CONTEXT.receipt, batch);
  return receipts.map((receipt, index) => ({
    receipt,
    index,
    count,
    path: [...(paths[index] ?? [])],
    signature,
  }));
}

/**
 * The batch signature that a receipt rests on; undefined when its place in the batch is impossible.
 * The batch takes chain and node from the receipt itself, so no other member's signature fits.
 */
function batchClaim(
  {receipt, index, count, path, signature}: SignedReceipt,
  publicKey: SigningPublicKey,
): SignatureClaim | undefined {
  if (count > MAX_RECEIPTS_PER_SIGNATURE) return undefined;
  const root = merkleProofRoot({leaf: encode(Receipt, receipt), index, count, path});
  if (root === undefined) return undefined;
  const {networkId, chainId, nodeId} = receipt;
  const message = encode(ReceiptBatch, {networkId, chainId, nodeId, root, count});
  return {publicKey, context: SIGNATURE_CONTEXT.receipt, message, signature};
}

/** One verification for each receipt; see `createReceiptVerifier` for many of one batch. */
export const verifyReceipt: VerifyReceipt = async (signed, publicKey) => {
  const claim = batchClaim(signed, publicKey);
  return claim !== undefined && verifySignatureAsync(claim);
};

/**
 * As `verifyReceipt`, but receipts of one batch share one verification, also while it runs.
 * Only good signatures are remembered, the last 512.
 */
export function createReceiptVerifier(verify = verifySignatureAsync): VerifyReceipt {
  // A Map iterates in insertion order: its first key is the oldest.
  const known = new Map<string, Promise<boolean>>();
  return async (signed, publicKey) => {
    const claim = batchClaim(signed, publicKey);
    if (claim === undefined) return false;
    // The signature is part of the key: a false one beside a known root must not pass as evidence.
    const key = bytesToKey(sha256(claim.message, claim.signature, publicKey));
    const running = known.get(key);
    if (running !== undefined) return running;
    const answer = verify(claim);
    known.set(key, answer);
    for (const oldest of known.keys()) {
      if (known.size <= REMEMBERED_BATCHES) break;
      known.delete(oldest);
    }
    const isValid = await answer.catch((error: unknown) => {
      known.delete(key);
      throw error;
    });
    if (!isValid) known.delete(key);
    return isValid;
  };
}
