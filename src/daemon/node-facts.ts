import type {ChainRef} from '../client/transactions.ts';
import type {NodeFacts} from '../messaging/client-service.ts';
import {MessagingError} from '../messaging/errors.ts';
import type {ServiceOverlay} from '../network/create-overlay.ts';
import type {NodeId, SessionId} from '../protocol/bytes.ts';
import {MAX_MEMBERS, type NodeInfo, type SwarmView} from '../protocol/overlay/client-protocol.ts';
import {VERSION} from '../protocol/version.ts';
import type {ChainFacts} from './chain-view.ts';
import type {DaemonPorts} from './ports.ts';

/** How long one request for a swarm looks for members that nobody has heard of, in ms. */
const FIND_TIMEOUT_MS = 2000;

type Components = {
  readonly view: ChainFacts;
  readonly overlay: ServiceOverlay;
  readonly ports: Pick<DaemonPorts, 'nowMs'>;
};

/** What this node tells clients of itself and of the swarms. */
export class NodeFactsOf implements NodeFacts {
  readonly #components: Components;
  readonly #self: {readonly chain: ChainRef; readonly nodeId: NodeId};

  constructor(components: Components, self: {readonly chain: ChainRef; readonly nodeId: NodeId}) {
    this.#components = components;
    this.#self = self;
  }

  info(): NodeInfo {
    const {view, ports} = this.#components;
    const {chain, nodeId} = this.#self;
    const own = view.own();
    return {
      ...chain,
      nodeId,
      version: VERSION,
      timeMs: BigInt(ports.nowMs()),
      epoch: BigInt(view.epoch()?.epoch ?? 0),
      swarmId: own?.swarmId,
      swarmExponent: own?.swarmExponent ?? 0,
    };
  }

  async swarmView(account: SessionId, signal: AbortSignal): Promise<SwarmView> {
    const {view, overlay} = this.#components;
    const swarm = view.swarmOf(account);
    if (swarm === undefined) throw new MessagingError('MESSAGING_NOT_READY');
    const within = AbortSignal.any([signal, AbortSignal.timeout(FIND_TIMEOUT_MS)]);
    // A larger swarm is about to split: as many are enough to find a majority by.
    const members = swarm.members.slice(0, MAX_MEMBERS).map(async (nodeId) => {
      // One that nobody finds is listed without its address.
      const peer = await overlay.directory.find(nodeId, within).catch(() => undefined);
      return {nodeId, peer};
    });
    const {swarmId, swarmExponent, epoch} = swarm;
    return {swarmId, swarmExponent, epoch, members: await Promise.all(members)};
  }
}
