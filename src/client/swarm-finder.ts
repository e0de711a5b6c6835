import {nodeIdFromString, nodeIdToString} from '../crypto/ids.ts';
import {NetworkError} from '../network/errors.ts';
import type {Caller, Peer} from '../network/overlay.ts';
import {peerOf, verifyPeerRecord} from '../network/peer-records.ts';
import type {NodeId, SessionId} from '../protocol/bytes.ts';
import type {ClientAnswer, ClientRequest} from '../protocol/overlay/client-protocol.ts';
import type {SignedPeerRecord} from '../protocol/overlay/peer-record.ts';
import {swarmOf} from '../swarm/swarm-space.ts';
import {ClientError} from './errors.ts';
import type {RegisteredSwarm, RegistryView} from './registry-view.ts';
import type {ChainRef} from './transactions.ts';

const ASK_TIMEOUT_MS = 4000;
/** Nodes that are asked where the members of a swarm are, before it is given up. */
const MOST_ASKED = 8;
/** A swarm that was found is asked for anew after this time, in ms. */
const FRESH_MS = 60_000;

/** A member of a swarm, and where it is. */
export type SwarmPeer = {readonly nodeId: NodeId; readonly peer: Peer};

export type FoundSwarm = RegisteredSwarm & {readonly peers: readonly SwarmPeer[]};

type Components = {
  readonly caller: Caller<ClientRequest, ClientAnswer>;
  readonly registry: Pick<RegistryView, 'swarmOf' | 'keyOf'>;
  readonly nowMs: () => number;
};

const isOf = (account: SessionId, {swarmId, swarmExponent}: FoundSwarm): boolean =>
  swarmOf(account, swarmExponent) === swarmId;

type Kept = {readonly swarm: FoundSwarm; readonly atMs: number};

/**
 * Finds the members of an inbox's swarm: who they are says the chain, where they are says any node,
 * by records that the members signed.
 */
export class SwarmFinder {
  readonly #components: Components;
  readonly #chain: ChainRef;
  /** Nodes to ask, those that answered last first. */
  #known: Peer[];
  readonly #swarms = new Map<number, Kept>();
  /** The chain is asked when what is known of it is older. */
  #atLeast = 0n;

  constructor(
    components: Components,
    {chain, nodes}: {readonly chain: ChainRef; readonly nodes: readonly Peer[]},
  ) {
    this.#components = components;
    this.#chain = chain;
    this.#known = [...nodes];
  }

  /** Forgets a swarm: the next question goes to the chain and the nodes. */
  forget({swarmId, epoch}: Pick<FoundSwarm, 'swarmId' | 'epoch'>): void {
    this.#swarms.delete(swarmId);
    // The chain's view of that epoch may be what is wrong.
    if (epoch >= this.#atLeast) this.#atLeast = epoch + 1n;
  }

  /**
   * @throws ClientError CLIENT_NO_NODES when nobody knows where any member is; ClientError, ApiError
   * when the chain cannot be asked
   */
  async find(account: SessionId, signal?: AbortSignal): Promise<FoundSwarm> {
    const {registry, nowMs} = this.#components;
    const [known] = [...this.#swarms.values()].filter(({swarm}) => isOf(account, swarm));
    if (known !== undefined && nowMs() - known.atMs < FRESH_MS) return known.swarm;
    const swarm = await registry.swarmOf(account, this.#atLeast, signal);
    const peers = await this.#locate(account, swarm, signal);
    const found = {...swarm, peers};
    this.#swarms.set(swarm.swarmId, {swarm: found, atMs: nowMs()});
    return found;
  }

  /** Asks node after node until all members are located, and takes what there is otherwise. */
  async #locate(
    account: SessionId,
    {members}: RegisteredSwarm,
    signal: AbortSignal | undefined,
  ): Promise<readonly SwarmPeer[]> {
    const located = new Map<string, SwarmPeer>();
    let reason: unknown;
    for (const node of this.#known.slice(0, MOST_ASKED)) {
      try {
        const records = await this.#ask(node, account, signal);
        await this.#take(records, {members, located}, signal);
        this.#prefer(node);
      } catch (error) {
        signal?.throwIfAborted();
        reason = error;
      }
      if (located.size === members.size) break;
    }
    if (located.size === 0) {
      const asked = Math.min(this.#known.length, MOST_ASKED);
      throw new ClientError('CLIENT_NO_NODES', {asked, members: members.size}, {cause: reason});
    }
    const peers = [...located.values()];
    this.#learn(peers);
    return peers;
  }

  async #ask(
    node: Peer,
    account: SessionId,
    signal: AbortSignal | undefined,
  ): Promise<readonly SignedPeerRecord[]> {
    const options = {timeoutMs: ASK_TIMEOUT_MS, ...(signal === undefined ? {} : {signal})};
    const request = {type: 'getSwarm', value: {account}} as const;
    const answer = await this.#components.caller.request(node, request, options);
    if (answer.type !== 'getSwarm') throw new NetworkError('NETWORK_BAD_ANSWER');
    return answer.value.members.flatMap(({peer}) => (peer === undefined ? [] : [peer]));
  }

  /** Only records that members of the swarm have signed count, whatever the node says. */
  async #take(
    records: readonly SignedPeerRecord[],
    into: {readonly members: ReadonlySet<string>; readonly located: Map<string, SwarmPeer>},
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const {registry, nowMs} = this.#components;
    const keys = {signingKeyOf: (nodeId: NodeId) => registry.keyOf(nodeId, signal)};
    for (const signed of records) {
      const name = nodeIdToString(signed.record.nodeId);
      if (!into.members.has(name) || into.located.has(name)) continue;
      try {
        await verifyPeerRecord(signed, {chain: this.#chain, keys, nowMs: nowMs()});
      } catch (error) {
        if (error instanceof NetworkError) continue;
        throw error;
      }
      into.located.set(name, {nodeId: nodeIdFromString(name), peer: peerOf(signed)});
    }
  }

  #prefer(node: Peer): void {
    this.#known = [node, ...this.#known.filter(({peerId}) => peerId !== node.peerId)];
  }

  /**
   * Any member can be asked for any swarm, when the nodes that were given are gone; and one that
   * moved is found where it is now.
   */
  #learn(peers: readonly SwarmPeer[]): void {
    const fresh = new Map(peers.map(({peer}) => [peer.peerId, peer]));
    const known = this.#known.map((peer) => fresh.get(peer.peerId) ?? peer);
    for (const {peerId} of known) fresh.delete(peerId);
    this.#known = [...known, ...fresh.values()].slice(0, 256);
  }
}
