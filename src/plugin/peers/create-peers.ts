import type {NodeId} from '../../protocol/bytes.ts';
import type {Mempool} from '../../vm/mempool.ts';
import type {ParsedTx} from '../../vm/parsed-tx.ts';
import type {Clocks} from '../clocks.ts';
import type {SummaryShelf} from '../sync/summary-shelf.ts';
import {TxGossip} from '../tx-gossip.ts';
import {TxIntake} from '../tx-intake.ts';
import {ConnectedPeers} from './connected-peers.ts';
import {createPeerHandlers} from './peer-handlers.ts';
import type {PeerMessenger} from './peer-messenger.ts';
import {PeerMetrics} from './peer-metrics.ts';
import {PeerRequests} from './peer-requests.ts';
import {PeerServer} from './peer-server.ts';
import {randomBelow as random, randomBytes} from './random.ts';
import {TxPuller} from './tx-puller.ts';

export type PeersInit = {
  readonly nodeId: NodeId;
  readonly messenger: PeerMessenger;
  readonly mempool: Mempool;
  readonly shelf: SummaryShelf;
  /** The operator's setting. */
  readonly gossip: boolean;
  /** Takes a transaction and passes it on. @throws CodecError, TxError */
  admit(bytes: Uint8Array): Promise<ParsedTx>;
  isNormalOp(): boolean;
  readonly clocks: Clocks;
  reportInternalError(error: unknown): void;
};

/** All between this node and others of its chain. */
export type PeerParts = {
  readonly peers: ConnectedPeers;
  /** Asks other nodes of the chain. */
  readonly requests: PeerRequests;
  /** Answers them. */
  readonly server: PeerServer;
  readonly peerMetrics: PeerMetrics;
  /** Both undefined when the operator turned gossip off. */
  readonly gossip: TxGossip | undefined;
  readonly puller: TxPuller | undefined;
};

export function createPeers(init: PeersInit): PeerParts {
  const {messenger, mempool, shelf, reportInternalError} = init;
  const {now, monotonicMs} = init.clocks;
  const metrics = new PeerMetrics();
  const peers = new ConnectedPeers({self: init.nodeId, monotonicMs, random});
  const requests = new PeerRequests({messenger, peers, metrics, random});
  const handlers = createPeerHandlers({mempool, shelf, random, gossip: init.gossip});
  const answering = {messenger, handlers, metrics, now, monotonicMs};
  const server = new PeerServer({...answering, reportInternalError});
  const parts = {peers, requests, server, peerMetrics: metrics};
  if (!init.gossip) return {...parts, gossip: undefined, puller: undefined};
  const intake = new TxIntake({admit: init.admit, metrics, monotonicMs});
  const gossip = new TxGossip({messenger, intake, metrics, monotonicMs});
  const puller = new TxPuller({
    ...parts,
    mempool,
    intake,
    metrics,
    isActive: init.isNormalOp,
    random,
    randomBytes,
    reportInternalError,
  });
  return {...parts, gossip, puller};
}

export function closePeers({gossip, puller, requests}: PeerParts): void {
  puller?.close();
  gossip?.close();
  requests.close();
}
