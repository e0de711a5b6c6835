import {bytesToKey, type NodeId, type SigningPublicKey} from '../protocol/bytes.ts';
import {NetworkError} from './errors.ts';
import type {RegisteredKeys} from './overlay-init.ts';
import {type Rate, TokenBucket} from './token-bucket.ts';

/** Nodes that are remembered as registered; the one that was asked for first is forgotten. */
const MAX_REGISTERED = 16_384;

export type KeyLookupsInit = {
  readonly keys: RegisteredKeys;
  /** Of look-ups of nodes that are not known to be registered, for all who ask. */
  readonly rate: Rate;
  readonly nowMs: () => number;
};

/** The registry for records that anybody may send: NodeIDs that nobody has are made up for nothing. */
export class KeyLookups implements RegisteredKeys {
  readonly #keys: RegisteredKeys;
  readonly #bucket: TokenBucket;
  readonly #registered = new Set<string>();

  constructor({keys, rate, nowMs}: KeyLookupsInit) {
    this.#keys = keys;
    this.#bucket = new TokenBucket(rate, nowMs);
  }

  /** @throws NetworkError NETWORK_BUSY above the rate; whatever the registry throws. */
  async signingKeyOf(nodeId: NodeId, signal?: AbortSignal): Promise<SigningPublicKey | undefined> {
    const id = bytesToKey(nodeId);
    const retryMs = this.#registered.has(id) ? 0 : this.#bucket.spend();
    if (retryMs > 0) throw new NetworkError('NETWORK_BUSY', {problem: 'look-ups', retryMs});
    const publicKey = await this.#keys.signingKeyOf(nodeId, signal);
    if (publicKey !== undefined) this.#note(id);
    return publicKey;
  }

  #note(id: string): void {
    this.#registered.add(id);
    if (this.#registered.size <= MAX_REGISTERED) return;
    const [oldest] = this.#registered;
    if (oldest !== undefined) this.#registered.delete(oldest);
  }
}
