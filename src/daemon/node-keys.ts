import {ApiError} from '../client/errors.ts';
import {RegistryView} from '../client/registry-view.ts';
import type {ChainRef} from '../client/transactions.ts';
import type {RegisteredKeys} from '../network/overlay-init.ts';
import type {ChainClient} from '../protocol/api.ts';
import {bytesToKey, type NodeId, type SigningPublicKey} from '../protocol/bytes.ts';
import type {DaemonPorts} from './ports.ts';

/** A node that the chain did not know may have registered since: so long it is not asked again. */
const UNKNOWN_FOR_MS = 5000;
/** Unknown nodes that are remembered: strangers choose the ids. */
const MAX_UNKNOWN = 4096;

type Components = {
  readonly client: ChainClient;
  readonly ports: Pick<DaemonPorts, 'nowMs'>;
};

/** The registry's signing keys. A known key is asked for once: the NodeID is its hash. */
export class NodeKeys implements RegisteredKeys {
  readonly #registry: RegistryView;
  readonly #ports: Components['ports'];
  /** By NodeID: Unix ms until which it counts as unknown. Oldest first. */
  readonly #unknown = new Map<string, number>();

  constructor({client, ports}: Components, chain: ChainRef) {
    this.#registry = new RegistryView({client, chain});
    this.#ports = ports;
  }

  /**
   * undefined for a node that the chain does not know.
   * @throws ClientError, ApiError when the chain gives no usable answer.
   */
  async signingKeyOf(nodeId: NodeId, signal?: AbortSignal): Promise<SigningPublicKey | undefined> {
    const key = bytesToKey(nodeId);
    const unknownUntilMs = this.#unknown.get(key);
    if (unknownUntilMs !== undefined && this.#ports.nowMs() < unknownUntilMs) return undefined;
    try {
      return await this.#registry.keyOf(nodeId, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'API_NOT_FOUND') throw error;
      this.#noteUnknown(key);
      return undefined;
    }
  }

  #noteUnknown(key: string): void {
    this.#unknown.delete(key);
    this.#unknown.set(key, this.#ports.nowMs() + UNKNOWN_FOR_MS);
    if (this.#unknown.size <= MAX_UNKNOWN) return;
    const [oldest] = this.#unknown.keys();
    if (oldest !== undefined) this.#unknown.delete(oldest);
  }
}
