import {sendAccountTx} from '../client/account-sender.ts';
import {ApiError} from '../client/errors.ts';
import {idToString} from '../crypto/ids.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import type {ChainClient, EquivocationInfo, NetworkInfo} from '../protocol/api.ts';
import {hexToBytes} from '../protocol/bytes.ts';
import {Evidence} from '../protocol/chain/evidence.ts';
import {decode} from '../protocol/codec.ts';
import {isPassing} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';
import type {EndlessTask} from './run-together.ts';

/** Looks per epoch. Each waits a random share of its pause, so that not all nodes file at once. */
const LOOKS_PER_EPOCH = 12;

type Components = {
  readonly client: ChainClient;
  readonly ports: Pick<DaemonPorts, 'logger' | 'sleep' | 'jitter'>;
};

type Init = {
  readonly network: NetworkInfo;
  /** Who pays: the node's owner, when the key is on this machine. */
  readonly payer: Signer;
};

/** Files the proofs of equivocation that the chain's node has seen. SPEC.md §5.9. */
export class EvidenceFiler {
  readonly #components: Components;
  readonly #init: Init;
  /** Tried once, whatever came of it: the chain takes one fault of a node in 24 epochs. */
  readonly #tried = new Set<string>();

  constructor(components: Components, init: Init) {
    this.#components = components;
    this.#init = init;
  }

  readonly run: EndlessTask = async (signal) => {
    const {ports} = this.#components;
    const pauseMs = (this.#init.network.epochSeconds * 1000) / LOOKS_PER_EPOCH;
    for (;;) {
      await ports.sleep(pauseMs * (0.5 + ports.jitter()), signal);
      await this.step(signal);
    }
  };

  /** One look; answers how many were filed. */
  async step(signal: AbortSignal): Promise<number> {
    const {client, ports} = this.#components;
    let filed = 0;
    try {
      const {items} = await client.call('listEquivocations', {}, signal);
      for (const item of items) if (await this.#file(item, signal)) filed += 1;
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      ports.logger.warn('evidence.failed', {reason: error.message});
    }
    return filed;
  }

  async #file(
    {nodeId, epoch, revision, evidence}: EquivocationInfo,
    signal: AbortSignal,
  ): Promise<boolean> {
    const {client, ports} = this.#components;
    const name = `${nodeId}/${epoch}/${revision}`;
    if (this.#tried.has(name)) return false;
    const {network, payer: signer} = this.#init;
    const body = {type: 'evidence', value: decode(Evidence, hexToBytes(evidence))} as const;
    try {
      const txId = await sendAccountTx(client, {network, signer, body}, signal);
      this.#tried.add(name);
      ports.logger.warn('evidence.filed', {nodeId, epoch, txId: idToString(txId)});
      return true;
    } catch (error) {
      // Somebody else was faster, or it is settled: nothing is left to do.
      if (!(error instanceof ApiError)) throw error;
      this.#tried.add(name);
      ports.logger.info('evidence.refused', {nodeId, epoch, reason: error.reason});
      return false;
    }
  }
}
