import {toAddress, toChainId, toNodeId, toSignature, toSigningPublicKey} from '../bytes.ts';
import {
  type Codec,
  type CodecValue,
  fixed,
  limited,
  optional,
  struct,
  u8,
  u32,
  u64,
  union,
  versioned,
} from '../codec.ts';
import {SIGNATURE_CONTEXT, type SignatureContext} from '../domains.ts';
import {DeregisterServiceNode} from './deregister-service-node.ts';
import {MAX_TX_BYTES} from './limits.ts';
import {RegisterServiceNode} from './register-service-node.ts';
import {StorageCommitment} from './storage-commitment.ts';
import {Transfer} from './transfer.ts';
import {UptimeResponse} from './uptime-response.ts';

/** Unsigned transaction of an account: pays a fee, spends a nonce. SPEC.md §4.1. */
function accountTx<T>(body: Codec<T>) {
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
function dutyTx<T>(body: Codec<T>) {
  return struct(`duty ${body.name}`, {
    networkId: u32,
    chainId: fixed(toChainId),
    epoch: u64,
    revision: u8,
    nodeId: fixed(toNodeId),
    body,
  });
}

/**
 * Type ids are append-only. Reserved for later: 2 AddStake, 4 WithdrawStake, 5 RotateTransportKey,
 * 6 RevokeTransportKey, 7 Maintenance, 8 Evidence, 9 LossClaim, 10 LossAnswer, 11 ImportStake,
 * 12 ExportStake. Duties start at 16.
 */
const VARIANTS = {
  transfer: {typeId: 0, codec: accountTx(Transfer)},
  registerServiceNode: {typeId: 1, codec: accountTx(RegisterServiceNode)},
  deregisterServiceNode: {typeId: 3, codec: accountTx(DeregisterServiceNode)},
  storageCommitment: {typeId: 16, codec: dutyTx(StorageCommitment)},
  uptimeResponse: {typeId: 17, codec: dutyTx(UptimeResponse)},
} as const;

/** The signed bytes: version, type id, header, body. SPEC.md §4. */
export const UnsignedTx = versioned(0, union('UnsignedTx', VARIANTS));
export type UnsignedTx = CodecValue<typeof UnsignedTx>;

/** A transaction as it travels; its id is SHA-256 of these bytes. SPEC.md §4. */
export const Tx = limited(
  MAX_TX_BYTES,
  struct('Tx', {
    unsigned: UnsignedTx,
    /** The sender's key: present exactly when the nonce is 0; never in a duty. */
    publicKey: optional(fixed(toSigningPublicKey)),
    signature: fixed(toSignature),
  }),
);
export type Tx = CodecValue<typeof Tx>;

export type TxKind = UnsignedTx['type'];
export type DutyKind = keyof DutyBodies;
export type AccountKind = keyof AccountBodies;

/** Bodies by kind: what registries of checks and effects are indexed by. */
export type AccountBodies = {
  transfer: Transfer;
  registerServiceNode: RegisterServiceNode;
  deregisterServiceNode: DeregisterServiceNode;
};
export type DutyBodies = {
  storageCommitment: StorageCommitment;
  uptimeResponse: UptimeResponse;
};

export type AccountUnsigned = Extract<UnsignedTx, {readonly type: AccountKind}>;
export type DutyUnsigned = Extract<UnsignedTx, {readonly type: DutyKind}>;

export function isDuty(unsigned: UnsignedTx): unsigned is DutyUnsigned {
  return unsigned.type === 'storageCommitment' || unsigned.type === 'uptimeResponse';
}

const CONTEXTS: Readonly<Record<TxKind, SignatureContext>> = {
  transfer: SIGNATURE_CONTEXT.tx,
  registerServiceNode: SIGNATURE_CONTEXT.tx,
  deregisterServiceNode: SIGNATURE_CONTEXT.tx,
  storageCommitment: SIGNATURE_CONTEXT.commit,
  uptimeResponse: SIGNATURE_CONTEXT.uptime,
};

/** FIPS 204 context under which a transaction of this kind is signed. */
export function txContext(kind: TxKind): SignatureContext {
  return CONTEXTS[kind];
}
