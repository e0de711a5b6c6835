import {bytesToHex} from '../../protocol/bytes.ts';
import type {SentMessage} from './app-sender.ts';
import type {CallOptions} from './unary-client.ts';
import type {VmClient} from './vm-client.ts';
import type {Timestamp, VmCalls, VmMethod} from './vm-messages.ts';

/** What `connectHosts` needs of a host. */
export type Peer = {
  readonly nodeId: Uint8Array;
  readonly vm: Pick<VmClient, 'call'>;
  readonly appSender: {setDelivery(deliver: (message: SentMessage) => void): void};
};

export type PeerNetworkOptions = {
  /** A call of a plugin that failed. */
  readonly onError?: (error: unknown) => void;
  /** What is lost on its way; nothing unless said. */
  readonly isLost?: (from: Peer, message: SentMessage) => boolean;
};

export type PeerNetwork = {
  /** Waits until no message is under way any more. */
  idle(): Promise<void>;
  /** Disconnects all from all; messages go nowhere after that. */
  close(): Promise<void>;
};

/** The hosts' own first timeout of an answer. */
const REQUEST_TIMEOUT_MS = 5_000;
const CALL: CallOptions = {timeoutMs: 10_000};
const TIMED_OUT = {errorCode: -1, errorMessage: 'timed out'};

function deadlineAfter(ms: number): Timestamp {
  const at = Date.now() + ms;
  return {seconds: String(Math.floor(at / 1000)), nanos: (at % 1000) * 1_000_000};
}

/** Requests under way, so that each gets exactly one answer: a response or a failure. */
type Pending = Map<string, NodeJS.Timeout>;
const pendingKey = (from: Uint8Array, to: Uint8Array, requestId: number): string =>
  `${bytesToHex(from)} ${bytesToHex(to)} ${requestId}`;

function createRouter(peers: readonly Peer[], track: (work: Promise<unknown>) => void) {
  const byId = new Map(peers.map((peer) => [bytesToHex(peer.nodeId), peer]));
  const find = (nodeId: Uint8Array): Peer | undefined => byId.get(bytesToHex(nodeId));
  const pending: Pending = new Map();
  /** A peer whose plugin is gone is a failed call, not an error of the timer that comes for it. */
  const tell = <M extends VmMethod>(
    peer: Peer,
    method: M,
    message: Partial<VmCalls[M]['request']>,
  ): void => track(Promise.resolve().then(() => peer.vm.call(method, message, CALL)));
  const fail = (from: Peer, nodeId: Uint8Array, requestId: number): void => {
    pending.delete(pendingKey(from.nodeId, nodeId, requestId));
    tell(from, 'AppRequestFailed', {nodeId, requestId, ...TIMED_OUT});
  };
  const request = (from: Peer, to: Uint8Array, requestId: number, payload: Uint8Array): void => {
    const peer = find(to);
    if (peer === undefined) {
      fail(from, to, requestId);
      return;
    }
    const timer = setTimeout(() => fail(from, to, requestId), REQUEST_TIMEOUT_MS);
    pending.set(pendingKey(from.nodeId, to, requestId), timer);
    const deadline = deadlineAfter(REQUEST_TIMEOUT_MS);
    const message = {nodeId: from.nodeId, requestId, deadline, request: payload};
    tell(peer, 'AppRequest', message);
  };
  /** True when the request was open: a second answer is dropped. */
  const settle = (answering: Peer, asker: Uint8Array, requestId: number): boolean => {
    const key = pendingKey(asker, answering.nodeId, requestId);
    clearTimeout(pending.get(key));
    return pending.delete(key);
  };
  const deliver = (from: Peer, message: SentMessage): void => {
    if (message.kind === 'request') {
      for (const to of message.nodeIds) request(from, to, message.requestId, message.payload);
      return;
    }
    if (message.kind === 'gossip') {
      for (const peer of peers) {
        if (peer === from) continue;
        tell(peer, 'AppGossip', {nodeId: from.nodeId, msg: message.payload});
      }
      return;
    }
    const {nodeId: asker, requestId} = message;
    if (!settle(from, asker, requestId)) return;
    const about = {nodeId: from.nodeId, requestId};
    const peer = find(asker);
    if (peer === undefined) return;
    if (message.kind === 'response') {
      tell(peer, 'AppResponse', {...about, response: message.payload});
    } else {
      const failure = {errorCode: message.code, errorMessage: message.message};
      tell(peer, 'AppRequestFailed', {...about, ...failure});
    }
  };
  const lose = (from: Peer, {nodeIds, requestId}: SentMessage & {kind: 'request'}): void => {
    for (const to of nodeIds) fail(from, to, requestId);
  };
  const clear = (): void => {
    for (const timer of pending.values()) clearTimeout(timer);
    pending.clear();
  };
  return {deliver, lose, clear};
}

/**
 * Makes hosts peers of each other: Connected to each, then every message that a plugin sends arrives
 * at the others' plugins, requests to oneself included. Gossip goes to all; a request that is lost
 * fails in time, as at a node.
 */
export async function connectHosts(
  peers: readonly Peer[],
  {onError = () => undefined, isLost = () => false}: PeerNetworkOptions = {},
): Promise<PeerNetwork> {
  const working = new Set<Promise<unknown>>();
  const track = (work: Promise<unknown>): void => {
    const done = work.catch(onError).finally(() => working.delete(done));
    working.add(done);
  };
  const router = createRouter(peers, track);
  const version = {name: 'sessionvm-devnet', major: 1, minor: 0, patch: 0};
  for (const peer of peers) {
    peer.appSender.setDelivery((message) => {
      if (!isLost(peer, message)) router.deliver(peer, message);
      else if (message.kind === 'request') router.lose(peer, message);
    });
    for (const {nodeId} of peers.filter((other) => other !== peer)) {
      await peer.vm.call('Connected', {nodeId, ...version}, CALL);
    }
  }
  return {
    async idle() {
      while (working.size > 0) await Promise.all(working);
    },
    async close() {
      for (const peer of peers) {
        peer.appSender.setDelivery(() => undefined);
        for (const {nodeId} of peers.filter((other) => other !== peer)) {
          await peer.vm.call('Disconnected', {nodeId}, CALL);
        }
      }
      router.clear();
      while (working.size > 0) await Promise.all(working);
    },
  };
}
