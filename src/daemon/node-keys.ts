import {ApiError} from '../client/errors.ts';
import {RegistryView} from '../client/registry-view.ts';
import type {ChainRef} from '../client/transactions.ts';
import type {RegisteredKeys} from '../network/overlay-init.ts';
import type {ChainClient} from '../protocol/api.ts';
import {bytesToKey, type NodeId, type SigningPublicKey} from '../protocol/bytes.ts';

/** A node that the chain did not know may have registered since: so long it is not asked again. */
const UNKNOWN_FOR_MS = 5000;
/** Unknown nodes that are remembered: strangers choose the ids. */
const MAX_UNKNOWN = 4096;

/** The registry's signing keys. A known key is asked for once: the NodeID is its hash. */
export class NodeKeys implements RegisteredKeys {
  readonly #registry: RegistryView;
  /** By NodeID: until when it counts as unknown, in ms of the clock that nobody sets. Oldest first. */
  readonly #unknown = new Map<string, number>();

  constructor(client: ChainClient, chain: ChainRef) {
    this.#registry = new RegistryView({client, chain});
  }

  /**
   * undefined for a node that the chain does not know.
   * @throws ClientError, ApiError when the chain gives no usable answer.
   */
  async signingKeyOf(nodeId: NodeId, signal?: AbortSignal): Promise<SigningPublicKey | undefined> {
    const key = bytesToKey(nodeId);
    const unknownUntilMs = this.#unknown.get(key);
    if (unknownUntilMs !== undefined && performance.now() < unknownUntilMs) return undefined;
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
    this.#unknown.set(key, performance.now() + UNKNOWN_FOR_MS);
    if (this.#unknown.size <= MAX_UNKNOWN) return;
    const [oldest] = this.#unknown.keys();
    if (oldest !== undefined) this.#unknown.delete(oldest);
  }
}
