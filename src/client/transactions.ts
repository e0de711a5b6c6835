import {sha256} from '../crypto/hash.ts';
import {addressOf} from '../crypto/ids.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import {type ChainId, type NodeId, type TxId, toTxId} from '../protocol/bytes.ts';
import type {Rules} from '../protocol/chain/rules.ts';
import {
  type AccountBodies,
  type AccountUnsigned,
  type DutyBodies,
  type DutyUnsigned,
  Tx,
  txContext,
  UnsignedTx,
} from '../protocol/chain/tx.ts';
import {encode} from '../protocol/codec.ts';

/** The one chain that a signature is for. */
export type ChainRef = {readonly networkId: number; readonly chainId: ChainId};

export type SignedTx = {readonly bytes: Uint8Array; readonly txId: TxId};

export type AccountBody = {
  [K in keyof AccountBodies]: {readonly type: K; readonly value: AccountBodies[K]};
}[keyof AccountBodies];

export type DutyBody = {
  [K in keyof DutyBodies]: {readonly type: K; readonly value: DutyBodies[K]};
}[keyof DutyBodies];

export type AccountTxInit = {
  readonly chain: ChainRef;
  readonly body: AccountBody;
  readonly nonce: bigint;
  /** Base units, burned. */
  readonly fee: bigint;
  /** Last height at which it may be accepted. */
  readonly expiryHeight: bigint;
};

export type DutyInit = {
  readonly chain: ChainRef;
  readonly nodeId: NodeId;
  readonly epoch: bigint;
  readonly revision: number;
  readonly body: DutyBody;
};

const LIFETIME_MS = 3 * 3_600_000;

/** The usual expiry: at the fastest pace of blocks still 3 hours away. */
export function defaultExpiry(
  height: bigint,
  {minBlockIntervalMs}: Pick<Rules, 'minBlockIntervalMs'>,
): bigint {
  return height + BigInt(Math.ceil(LIFETIME_MS / Math.max(1, minBlockIntervalMs)));
}

/** Id of a transaction's full bytes. */
export function txIdOf(bytes: Uint8Array): TxId {
  return toTxId(sha256(bytes));
}

function seal(unsigned: UnsignedTx, signer: Signer, isKeyInline: boolean): SignedTx {
  const signature = signer.sign(txContext(unsigned.type), encode(UnsignedTx, unsigned));
  const publicKey = isKeyInline ? signer.publicKey : undefined;
  const bytes = encode(Tx, {unsigned, publicKey, signature});
  return {bytes, txId: txIdOf(bytes)};
}

/** Signs for the signer's own account. The public key travels exactly when the nonce is 0. */
export function signAccountTx(
  {chain, body, nonce, fee, expiryHeight}: AccountTxInit,
  signer: Signer,
): SignedTx {
  const {networkId, chainId} = chain;
  const sender = addressOf(signer.publicKey);
  const header = {networkId, chainId, sender, nonce, fee, expiryHeight};
  const unsigned = {type: body.type, value: {...header, body: body.value}} as AccountUnsigned;
  return seal(unsigned, signer, nonce === 0n);
}

/**
 * Signs a duty with the node's key. Signatures are hedged, so signing twice gives two transactions:
 * keep the bytes and send only those.
 */
export function signDuty(
  {chain, nodeId, epoch, revision, body}: DutyInit,
  signer: Signer,
): SignedTx {
  const {networkId, chainId} = chain;
  const header = {networkId, chainId, epoch, revision, nodeId};
  const unsigned = {type: body.type, value: {...header, body: body.value}} as DutyUnsigned;
  return seal(unsigned, signer, false);
}
