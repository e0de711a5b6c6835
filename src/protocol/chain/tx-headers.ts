import {toAddress, toChainId, toNodeId} from '../bytes.ts';
import {type Codec, fixed, struct, u8, u32, u64} from '../codec.ts';

/** Unsigned transaction of an account: pays a fee, spends a nonce. SPEC.md §4.1. */
export function accountTx<T>(body: Codec<T>) {
  return struct(`account ${body.name}`, {
    networkId: u32,
    chainId: fixed(toChainId),
    sender: fixed(toAddress),
    /** Counts the sender's accepted transactions, from 0. */
    nonce: u64,
    /** Base units, all burned. */
    fee: u64,
    /** Last height at which the transaction may be accepted. */
    expiryHeight: u64,
    body,
  });
}

/** Unsigned duty of a node: free, at most once per (node, kind, epoch, revision). SPEC.md §4.2. */
export function dutyTx<T>(body: Codec<T>) {
  return struct(`duty ${body.name}`, {
    networkId: u32,
    chainId: fixed(toChainId),
    epoch: u64,
    revision: u8,
    nodeId: fixed(toNodeId),
    body,
  });
}
