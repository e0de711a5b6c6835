import {sendAccountTx, txOutcome} from '../client/account-sender.ts';
import {badResponse} from '../client/check.ts';
import {orderKeyRevocation} from '../client/node-orders.ts';
import type {ChainRef} from '../client/transactions.ts';
import {sha256} from '../crypto/hash.ts';
import {idToString, nodeIdToString} from '../crypto/ids.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import type {ChainClient} from '../protocol/api.ts';
import {
  equalBytes,
  hexToBytes,
  type KemPublicKey,
  type NodeId,
  type TxId,
} from '../protocol/bytes.ts';
import type {RevokeTransportKey} from '../protocol/chain/revoke-transport-key.ts';
import {TransportKeys} from '../protocol/chain/sparse-records.ts';
import {ServiceNode, ServiceNodeKeys, STATUS} from '../protocol/chain/state-records.ts';
import {type Codec, decode} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {isPassing} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';

type Components = {
  readonly client: ChainClient;
  readonly ports: Pick<DaemonPorts, 'logger'>;
};

export type KeyRevokerInit = {
  readonly chain: ChainRef;
  readonly nodeId: NodeId;
  readonly node: Signer;
  /** Whose account pays; undefined when no such key is on this machine. */
  readonly payer: Signer | undefined;
};

/** What the state holds of this node, all of one block. */
type Records = {
  readonly node: ServiceNode;
  readonly keys: ServiceNodeKeys;
  /** None as long as the node has neither rotated nor revoked. */
  readonly transport: TransportKeys | undefined;
};

function decodeRecord<T>(codec: Codec<T>, value: string | null | undefined): T | undefined {
  if (value === null || value === undefined) return undefined;
  try {
    return decode(codec, hexToBytes(value));
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return badResponse('getProof.keys', codec.name);
  }
}

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

  /** The records under `20`, `21` and `22`; undefined while the node is not registered. */
  async #records(signal: AbortSignal): Promise<Records | undefined> {
    const nodeId = nodeIdToString(this.#init.nodeId);
    const {keys: found} = await this.#components.client.call('getProof', {nodeId}, signal);
    const node = decodeRecord(ServiceNode, found[0]?.value);
    const keys = decodeRecord(ServiceNodeKeys, found[1]?.value);
    if (node === undefined || keys === undefined) return undefined;
    return {node, keys, transport: decodeRecord(TransportKeys, found[2]?.value)};
  }

  /** The key that the chain shows for this node; undefined while it has no record. */
  async registeredKey(signal: AbortSignal): Promise<KemPublicKey | undefined> {
    return (await this.#records(signal))?.keys.encryptionKey;
  }

  /**
   * Sends the revocation, once, and says whether the chain has it: to be asked again until then. A
   * refusal is logged and tried again.
   */
  async revoke(key: KemPublicKey, signal: AbortSignal): Promise<boolean> {
    try {
      const records = await this.#records(signal);
      if (records === undefined || records.node.status === STATUS.retired) return true;
      if (records.transport?.revoked === true) return true;
      if (!equalBytes(records.keys.encryptionKey, key)) return true;
      if (this.#sent === undefined || (await this.#isGone(this.#sent, signal))) {
        this.#sent = await this.#send(records.node.sequence + 1n, key, signal);
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

  #order(sequence: bigint, key: KemPublicKey): RevokeTransportKey {
    const {chain, node} = this.#init;
    return orderKeyRevocation({chain, sequence}, sha256(key), node);
  }

  async #send(sequence: bigint, key: KemPublicKey, signal: AbortSignal): Promise<TxId | undefined> {
    const {client, ports} = this.#components;
    const {payer, nodeId} = this.#init;
    const facts = {nodeId: nodeIdToString(nodeId)};
    if (payer === undefined) {
      const next = 'start with --owner-key, or revoke it from where the owner’s key is';
      if (!this.#hasComplained) ports.logger.error('revocation.unpaid', {...facts, next});
      this.#hasComplained = true;
      return undefined;
    }
    const network = await client.call('getNetwork', {}, signal);
    const body = {type: 'revokeTransportKey', value: this.#order(sequence, key)} as const;
    const txId = await sendAccountTx(client, {network, signer: payer, body}, signal);
    ports.logger.warn('revocation.sent', {...facts, txId: idToString(txId)});
    return txId;
  }
}
