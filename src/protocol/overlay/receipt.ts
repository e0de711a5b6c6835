import {equalBytes, toChainId, toHash, toNodeId, toSessionId, toSignature} from '../bytes.ts';
import {type CodecValue, fixed, i16, list, struct, u8, u16, u32, u64} from '../codec.ts';
import {equalStamps, Stamp} from '../stored-record.ts';

/** Receipts that one signature covers at most. */
export const MAX_RECEIPTS_PER_SIGNATURE = 1024;

/** A member's word that it has this record on disk. Chain-rules §9, SPEC.md §15.6. */
export const Receipt = struct('Receipt', {
  networkId: u32,
  chainId: fixed(toChainId),
  nodeId: fixed(toNodeId),
  swarmId: u32,
  /** k: the chain has 2^k swarms. */
  swarmExponent: u8,
  epoch: u64,
  account: fixed(toSessionId),
  namespace: i16,
  id: fixed(toHash),
  stamp: Stamp,
  expiryMs: u64,
});
export type Receipt = CodecValue<typeof Receipt>;

/** What all receipts for one store say. */
export type ReceiptClaim = Pick<
  Receipt,
  'networkId' | 'chainId' | 'account' | 'namespace' | 'id' | 'stamp' | 'expiryMs'
>;

/** Members may be one epoch apart, or from the chain, for a moment. SPEC.md §15.6, §16.5. */
const EPOCH_SLACK = 1n;

export function isReceiptFor(receipt: Receipt, claim: ReceiptClaim): boolean {
  return (
    receipt.networkId === claim.networkId &&
    equalBytes(receipt.chainId, claim.chainId) &&
    equalBytes(receipt.account, claim.account) &&
    receipt.namespace === claim.namespace &&
    equalBytes(receipt.id, claim.id) &&
    equalStamps(receipt.stamp, claim.stamp) &&
    receipt.expiryMs === claim.expiryMs
  );
}

/** Whether it is of an epoch at most one from this. */
export function isReceiptOfEpoch(receipt: Receipt, epoch: bigint): boolean {
  return receipt.epoch + EPOCH_SLACK >= epoch && receipt.epoch <= epoch + EPOCH_SLACK;
}

/**
 * What a member signs, context `receipt`: the Merkle root over the encodings of the receipts that it
 * gave together. The count fixes the shape of the tree.
 */
export const ReceiptBatch = struct('ReceiptBatch', {
  networkId: u32,
  chainId: fixed(toChainId),
  nodeId: fixed(toNodeId),
  root: fixed(toHash),
  count: u16,
});
export type ReceiptBatch = CodecValue<typeof ReceiptBatch>;

/** One receipt with its place in the signed batch. */
export const SignedReceipt = struct('SignedReceipt', {
  receipt: Receipt,
  index: u16,
  count: u16,
  /** Sibling hashes, lowest first. */
  path: list(fixed(toHash), {maxLength: 10}),
  signature: fixed(toSignature),
});
export type SignedReceipt = CodecValue<typeof SignedReceipt>;
