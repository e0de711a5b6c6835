import type {NodeId} from '../../protocol/bytes.ts';

/** Whom the node sends a gossip to: so many of each, drawn by the node. */
export type GossipTargets = {readonly validators: number; readonly peers: number};

/** An answer that is none: positive codes are ours, negative ones those of the nodes' own library. */
export type AppError = {readonly code: number; readonly message: string};

/**
 * What can be said to other nodes of the chain. Sending never fails for the caller; each answers
 * whether the node took the message, which says nothing of its delivery.
 */
export type PeerMessenger = {
  sendRequest(nodeId: NodeId, requestId: number, request: Uint8Array): Promise<boolean>;
  sendResponse(nodeId: NodeId, requestId: number, response: Uint8Array): Promise<boolean>;
  sendError(nodeId: NodeId, requestId: number, error: AppError): Promise<boolean>;
  sendGossip(msg: Uint8Array, targets: GossipTargets): Promise<boolean>;
  close(): void;
};
