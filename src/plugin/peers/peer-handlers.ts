import type {Mempool} from '../../vm/mempool.ts';
import type {PeerHandlers} from './peer-server.ts';
import {servePull} from './serve-pull.ts';

export type PeerHandlerParts = {
  readonly mempool: Mempool;
  random(bound: number): number;
  /** The operator's setting. */
  readonly gossip: boolean;
};

/** Who answers what other nodes of the chain ask: one line per question of peer-codec.ts. */
export function createPeerHandlers({mempool, random, gossip}: PeerHandlerParts): PeerHandlers {
  return {
    ...(gossip ? {pullTxs: servePull(mempool, random)} : {}),
  };
}
