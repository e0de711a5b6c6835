import {chainRefOf, sendAccountTx, txOutcome} from '../client/account-sender.ts';
import {badResponse} from '../client/check.ts';
import {ApiError} from '../client/errors.ts';
import {orderKeyRevocation} from '../client/node-orders.ts';
import {sha256} from '../crypto/hash.ts';
import {idToString, nodeIdToString} from '../crypto/ids.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import type {ChainClient, ServiceNodeInfo} from '../protocol/api.ts';
import {
  equalBytes,
  hexToBytes,
  type KemPublicKey,
  type NodeId,
  type TxId,
  toKemPublicKey,
} from '../protocol/bytes.ts';
import {isPassing} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';

type Components = {
  readonly client: ChainClient;
  readonly ports: Pick<DaemonPorts, 'logger'>;
};

export type KeyRevokerInit = {
  readonly nodeId: NodeId;
  readonly node: Signer;
  /** Whose account pays; undefined when no such key is on this machine. */
  readonly payer: Signer | undefined;
};

/** Takes this node's transport key out of use on our chain. */
export class KeyRevoker {
  readonly #components: Components;
  readonly #init: KeyRevokerInit;
  #sent: TxId | undefined;
  #hasComplained = false;

  constructor(components: Components, init: KeyRevokerInit) {
    this.#components = components;
    this.#init = init;
  }

  async #record(signal: AbortSignal): Promise<ServiceNodeInfo | undefined> {
    const nodeId = nodeIdToString(this.#init.nodeId);
    try {
      return await this.#components.client.call('getServiceNode', {nodeId}, signal);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'API_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** The key that the chain shows for this node; undefined while it has no record. */
  async registeredKey(signal: AbortSignal): Promise<KemPublicKey | undefined> {
    const record = await this.#record(signal);
    return record === undefined ? undefined : keyOf(record);
  }

  /**
   * Sends the revocation, once, and says whether the chain has it: to be asked again until then. A
   * refusal is logged and tried again.
   */
  async revoke(key: KemPublicKey, signal: AbortSignal): Promise<boolean> {
    try {
      const record = await this.#record(signal);
      if (record === undefined || record.status === 'retired') return true;
      if (record.transportKeys.revoked || !equalBytes(keyOf(record), key)) return true;
      if (this.#sent === undefined || (await this.#isGone(this.#sent, signal))) {
        this.#sent = await this.#send(record, key, signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error) || !isPassing(error)) throw error;
      this.#components.ports.logger.warn('revocation.refused', {reason: error.message});
    }
    return false;
  }

  async #isGone(txId: TxId, signal: AbortSignal): Promise<boolean> {
    return (await txOutcome(this.#components.client, txId, signal)) === 'gone';
  }

  async #send(
    {sequence}: ServiceNodeInfo,
    key: KemPublicKey,
    signal: AbortSignal,
  ): Promise<TxId | undefined> {
    const {client, ports} = this.#components;
    const {payer, node, nodeId} = this.#init;
    const facts = {nodeId: nodeIdToString(nodeId)};
    if (payer === undefined) {
      const next = 'sessionvm keys revoke';
      if (!this.#hasComplained) ports.logger.error('revocation.unpaid', {...facts, next});
      this.#hasComplained = true;
      return undefined;
    }
    const network = await client.call('getNetwork', {}, signal);
    const order = {chain: chainRefOf(network), sequence: BigInt(sequence) + 1n};
    const value = orderKeyRevocation(order, sha256(key), node);
    const body = {type: 'revokeTransportKey', value} as const;
    const txId = await sendAccountTx(client, {network, signer: payer, body}, signal);
    ports.logger.warn('revocation.sent', {...facts, txId: idToString(txId)});
    return txId;
  }
}

function keyOf({encryptionKey}: ServiceNodeInfo): KemPublicKey {
  const bytes = hexToBytes(encryptionKey);
  const isKey = bytes.length === toKemPublicKey.byteLength;
  return isKey ? toKemPublicKey(bytes) : badResponse('encryptionKey', 'an ML-KEM-768 key');
}
