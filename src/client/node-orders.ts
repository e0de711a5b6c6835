import {nodeIdOf} from '../crypto/ids.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import type {Hash, KemPublicKey} from '../protocol/bytes.ts';
import {type Maintenance, MaintenanceOrder} from '../protocol/chain/maintenance.ts';
import {SCHEME_ML_KEM_768} from '../protocol/chain/register-service-node.ts';
import {KeyRevocation, type RevokeTransportKey} from '../protocol/chain/revoke-transport-key.ts';
import {KeyRotation, type RotateTransportKey} from '../protocol/chain/rotate-transport-key.ts';
import {encode} from '../protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import type {ChainRef} from './transactions.ts';

/** For which chain an order is, and its number: that of the node's record + 1. */
export type OrderInit = {readonly chain: ChainRef; readonly sequence: bigint};

function headerOf({chain: {networkId, chainId}, sequence}: OrderInit, node: Signer) {
  return {networkId, chainId, nodeId: nodeIdOf(chainId, node.publicKey), sequence};
}

/** The node's word for a new transport key; any account may send it. */
export function orderKeyRotation(
  init: OrderInit,
  {
    encryptionKey,
    hashChainTip,
  }: {readonly encryptionKey: KemPublicKey; readonly hashChainTip: Hash | undefined},
  node: Signer,
): RotateTransportKey {
  const kemScheme = SCHEME_ML_KEM_768;
  const order = {...headerOf(init, node), kemScheme, encryptionKey, hashChainTip} as const;
  const signature = node.sign(SIGNATURE_CONTEXT.rotate, encode(KeyRotation, order));
  const {nodeId, sequence} = order;
  return {nodeId, sequence, kemScheme, encryptionKey, hashChainTip, signature};
}

/** The node's word that nobody may encrypt to the key of this hash any more. */
export function orderKeyRevocation(
  init: OrderInit,
  keyHash: Hash,
  node: Signer,
): RevokeTransportKey {
  const order = {...headerOf(init, node), keyHash};
  const signature = node.sign(SIGNATURE_CONTEXT.revoke, encode(KeyRevocation, order));
  const {nodeId, sequence} = order;
  return {nodeId, sequence, keyHash, signature};
}

/** The node's announcement that it will be away. */
export function orderMaintenance(
  init: OrderInit,
  {fromEpoch, epochs}: {readonly fromEpoch: bigint; readonly epochs: number},
  node: Signer,
): Maintenance {
  const order = {...headerOf(init, node), fromEpoch, epochs};
  const signature = node.sign(SIGNATURE_CONTEXT.maintenance, encode(MaintenanceOrder, order));
  const {nodeId, sequence} = order;
  return {nodeId, sequence, fromEpoch, epochs, signature};
}
