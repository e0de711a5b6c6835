import type {Mempool} from '../../vm/mempool.ts';
import {SubtreeReader} from '../../vm/state/read-subtree.ts';
import {serveSubtree, serveSummaryBlock} from '../sync/serve-state.ts';
import type {SummaryShelf} from '../sync/summary-shelf.ts';
import type {PeerHandlers} from './peer-server.ts';
import {servePull} from './serve-pull.ts';

export type PeerHandlerParts = {
  readonly mempool: Mempool;
  random(bound: number): number;
  readonly shelf: SummaryShelf;
  /** The operator's setting. */
  readonly gossip: boolean;
};

/** Who answers what other nodes of the chain ask: one line per question of peer-codec.ts. */
export function createPeerHandlers({
  mempool,
  shelf,
  random,
  gossip,
}: PeerHandlerParts): PeerHandlers {
  return {
    stateSubtree: serveSubtree(shelf, new SubtreeReader()),
    summaryBlock: serveSummaryBlock(shelf),
    ...(gossip ? {pullTxs: servePull(mempool, random)} : {}),
  };
}
