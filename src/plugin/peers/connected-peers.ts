import {bytesToKey, type NodeId} from '../../protocol/bytes.ts';

/** What a node says of itself when it connects. */
export type PeerVersion = {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
};

type Peer = {
  readonly nodeId: NodeId;
  readonly version: PeerVersion;
  failures: number;
  restsUntilMs: bigint;
};

export type ConnectedPeersInit = {
  /** The own node: the host reports it like any other. */
  readonly self: NodeId;
  monotonicMs(): bigint;
  /** An integer of 0 to below `bound`. */
  random(bound: number): number;
};

/** How long a peer is not asked after its first failure; each further one doubles it. */
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 600_000;

/** The other nodes of the chain that ours is connected to, and which of them are worth asking. */
export class ConnectedPeers {
  readonly #init: ConnectedPeersInit;
  readonly #self: string;
  readonly #peers = new Map<string, Peer>();
  readonly #watchers: (() => void)[] = [];

  constructor(init: ConnectedPeersInit) {
    this.#init = init;
    this.#self = bytesToKey(init.self);
  }

  get size(): number {
    return this.#peers.size;
  }

  has(nodeId: NodeId): boolean {
    return this.#peers.has(bytesToKey(nodeId));
  }

  versionOf(nodeId: NodeId): PeerVersion | undefined {
    return this.#peers.get(bytesToKey(nodeId))?.version;
  }

  list(): readonly NodeId[] {
    return [...this.#peers.values()].map(({nodeId}) => nodeId);
  }

  /** Told whenever a peer comes or goes. */
  onChange(watcher: () => void): void {
    this.#watchers.push(watcher);
  }

  /** A peer that connects again, or changes its version, keeps what it has to rest for. */
  connected(nodeId: NodeId, version: PeerVersion): void {
    const key = bytesToKey(nodeId);
    if (key === this.#self) return;
    const {failures = 0, restsUntilMs = 0n} = this.#peers.get(key) ?? {};
    this.#peers.set(key, {nodeId, version, failures, restsUntilMs});
    for (const watcher of this.#watchers) watcher();
  }

  disconnected(nodeId: NodeId): void {
    if (!this.#peers.delete(bytesToKey(nodeId))) return;
    for (const watcher of this.#watchers) watcher();
  }

  /** It did not answer, or not well: others come first for a while. */
  failed(nodeId: NodeId): void {
    const peer = this.#peers.get(bytesToKey(nodeId));
    if (peer === undefined) return;
    const restMs = Math.min(FIRST_REST_MS * 2 ** Math.min(peer.failures, 20), LONGEST_REST_MS);
    peer.failures += 1;
    peer.restsUntilMs = this.#init.monotonicMs() + BigInt(restMs);
  }

  /** It answered well. */
  succeeded(nodeId: NodeId): void {
    const peer = this.#peers.get(bytesToKey(nodeId));
    if (peer === undefined) return;
    peer.failures = 0;
    peer.restsUntilMs = 0n;
  }

  /** Some peer that `isWanted` lets pass, one that does not rest if there is any. */
  pick(isWanted: (nodeId: NodeId) => boolean = () => true): NodeId | undefined {
    const nowMs = this.#init.monotonicMs();
    const wanted = [...this.#peers.values()].filter(({nodeId}) => isWanted(nodeId));
    const rested = wanted.filter(({restsUntilMs}) => restsUntilMs <= nowMs);
    const choice = rested.length > 0 ? rested : wanted;
    return choice.length === 0 ? undefined : choice[this.#init.random(choice.length)]?.nodeId;
  }
}
