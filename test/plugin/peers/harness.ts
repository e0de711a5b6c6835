import {ConnectedPeers} from '../../../src/plugin/peers/connected-peers.ts';
import type {AppError, PeerMessenger} from '../../../src/plugin/peers/peer-messenger.ts';
import {PeerMetrics} from '../../../src/plugin/peers/peer-metrics.ts';
import {PeerRequests} from '../../../src/plugin/peers/peer-requests.ts';
import {type NodeId, toNodeId} from '../../../src/protocol/bytes.ts';

export const nodeId = (n: number): NodeId => toNodeId(new Uint8Array(20).fill(n));
export const SELF = nodeId(1);
export const VERSION = {name: 'test', major: 1, minor: 0, patch: 0};

export type Sent =
  | {readonly kind: 'request'; readonly to: NodeId; readonly id: number; readonly bytes: Uint8Array}
  | {
      readonly kind: 'response';
      readonly to: NodeId;
      readonly id: number;
      readonly bytes: Uint8Array;
    }
  | {readonly kind: 'error'; readonly to: NodeId; readonly id: number; readonly error: AppError}
  | {readonly kind: 'gossip'; readonly bytes: Uint8Array};

/** A node that records what the plugin gives it to send; `world.takes` false refuses it. */
export class RecordingMessenger implements PeerMessenger {
  readonly sent: Sent[] = [];
  takes = true;

  async #record(message: Sent): Promise<boolean> {
    if (this.takes) this.sent.push(message);
    return this.takes;
  }

  sendRequest(to: NodeId, id: number, bytes: Uint8Array): Promise<boolean> {
    return this.#record({kind: 'request', to, id, bytes});
  }

  sendResponse(to: NodeId, id: number, bytes: Uint8Array): Promise<boolean> {
    return this.#record({kind: 'response', to, id, bytes});
  }

  sendError(to: NodeId, id: number, error: AppError): Promise<boolean> {
    return this.#record({kind: 'error', to, id, error});
  }

  sendGossip(bytes: Uint8Array): Promise<boolean> {
    return this.#record({kind: 'gossip', bytes});
  }

  close(): void {}
}

/** The asking side with a clock and a die of the test. */
export function setUpRequests() {
  const world = {nowMs: 1_000_000n, random: 0};
  const monotonicMs = (): bigint => world.nowMs;
  const random = (bound: number): number => world.random % bound;
  const messenger = new RecordingMessenger();
  const metrics = new PeerMetrics();
  const peers = new ConnectedPeers({self: SELF, monotonicMs, random});
  const requests = new PeerRequests({messenger, peers, metrics, random});
  return {world, random, messenger, metrics, peers, requests};
}
