import {join} from 'node:path';
import {sendAccountTx, txOutcome} from '../client/account-sender.ts';
import {acceptRegistrationRequest, createRegistrationRequest} from '../client/registration.ts';
import type {ChainRef} from '../client/transactions.ts';
import {addressOf, addressToString, idToString, nodeIdToString} from '../crypto/ids.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import type {ChainClient, NetworkInfo} from '../protocol/api.ts';
import {
  type Address,
  bytesToHex,
  type Hash,
  type KemPublicKey,
  type NodeId,
  type TxId,
  utf8ToBytes,
} from '../protocol/bytes.ts';
import {RegistrationRequest} from '../protocol/chain/register-service-node.ts';
import {encode} from '../protocol/codec.ts';
import {retryMs} from './chain-clock.ts';
import {ownerMissing} from './errors.ts';
import {writeFileAtomic} from './files.ts';
import {isPassing, type PersistentClient} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';

type Components = {
  readonly client: ChainClient;
  readonly chain: PersistentClient;
  readonly ports: Pick<DaemonPorts, 'logger' | 'sleep' | 'jitter'>;
};

export type RegistrationInit = {
  readonly network: NetworkInfo;
  readonly chain: ChainRef;
  readonly nodeId: NodeId;
  readonly node: Signer;
  readonly encryptionKey: KemPublicKey;
  readonly hashChainTip: Hash;
  /** The owner's key when it is on this machine, else the account that will sign elsewhere. */
  readonly owner: {readonly signer: Signer} | {readonly address: Address} | undefined;
  /** Base units. */
  readonly stake: bigint;
  /** Folder for the request that an owner elsewhere signs. */
  readonly dataFolder: string;
};

/** Gets a node into the registry, or waits until its owner has. */
export class Registration {
  readonly #components: Components;
  readonly #init: RegistrationInit;

  constructor(components: Components, init: RegistrationInit) {
    this.#components = components;
    this.#init = init;
  }

  /**
   * Returns when the chain knows the node.
   * @throws ConfigError when it does not and nobody is named who could register it.
   */
  async complete(signal: AbortSignal): Promise<void> {
    if (await this.#isRegistered(signal)) return;
    const {owner} = this.#init;
    if (owner === undefined) throw ownerMissing();
    if ('signer' in owner) await this.#register(owner.signer, signal);
    else await this.#ask(owner.address, signal);
    this.#components.ports.logger.info('registration.done', this.#facts());
  }

  #facts(): {readonly nodeId: string} {
    return {nodeId: nodeIdToString(this.#init.nodeId)};
  }

  async #isRegistered(signal: AbortSignal): Promise<boolean> {
    const nodeId = nodeIdToString(this.#init.nodeId);
    return (await this.#components.chain.ask('getDuties', {nodeId}, signal)).registered;
  }

  #pause(attempt: number): number {
    return retryMs(attempt, this.#init.network.epochSeconds, this.#components.ports.jitter());
  }

  #requestFor(owner: Address): RegistrationRequest {
    return createRegistrationRequest({...this.#init, owner}, this.#init.node);
  }

  /** Sends until the node is in the registry; a transaction that got lost is made anew. */
  async #register(owner: Signer, signal: AbortSignal): Promise<void> {
    const {sleep} = this.#components.ports;
    let sent: TxId | undefined;
    for (let attempt = 1; !(await this.#isRegistered(signal)); attempt++) {
      if (sent === undefined || (await this.#isGone(sent, signal))) {
        sent = await this.#trySend(owner, signal);
      }
      await sleep(this.#pause(sent === undefined ? attempt : 1), signal);
    }
  }

  async #isGone(txId: TxId, signal: AbortSignal): Promise<boolean> {
    try {
      return (await txOutcome(this.#components.client, txId, signal)) === 'gone';
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      return false;
    }
  }

  /** Several nodes may share an owner: whoever loses the race for a nonce tries again. */
  async #trySend(owner: Signer, signal: AbortSignal): Promise<TxId | undefined> {
    const {client, ports} = this.#components;
    const {network, chain, stake} = this.#init;
    const account = addressOf(owner.publicKey);
    const request = this.#requestFor(account);
    const value = acceptRegistrationRequest(request, {chain, owner: account, stake});
    const body = {type: 'registerServiceNode', value} as const;
    try {
      const txId = await sendAccountTx(client, {network, signer: owner, body}, signal);
      ports.logger.info('registration.sent', {...this.#facts(), txId: idToString(txId)});
      return txId;
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      ports.logger.warn('registration.refused', {...this.#facts(), reason: error.message});
      return undefined;
    }
  }

  async #ask(owner: Address, signal: AbortSignal): Promise<void> {
    const {ports} = this.#components;
    const file = join(this.#init.dataFolder, 'registration-request.txt');
    const request = encode(RegistrationRequest, this.#requestFor(owner));
    const text = utf8ToBytes(`0x${bytesToHex(request)}\n`);
    await writeFileAtomic(file, text, {mode: 0o644, overwrite: true});
    const facts = {...this.#facts(), file, owner: addressToString(owner)};
    ports.logger.info('registration.request', {...facts, next: `sessionvm register ${file}`});
    while (!(await this.#isRegistered(signal))) await ports.sleep(this.#pause(6), signal);
  }
}
