import type {NodeId} from '../protocol/bytes.ts';
import type {RequestProtocol} from './request-protocol.ts';

/** Where to reach one libp2p identity: multiaddrs in text form, without `/p2p/…`. */
export type Peer = {readonly peerId: string; readonly addresses: readonly string[]};

export type CallOptions = {
  /** Its abort rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Instead of the protocol's. Of a subscription: until the stream is open. */
  readonly timeoutMs?: number;
};

export type Caller<Req, Res> = {
  /**
   * One answer to one request.
   * @throws NetworkError when there is none, RemoteError when the other side refuses.
   */
  request(peer: Peer, request: Req, options?: CallOptions): Promise<Res>;
  /**
   * Events of one request until the server ends them (the loop ends), refuses (RemoteError) or the
   * loop is left early (the server is told). A loop that does not come back for events holds the
   * server back; one that stays away is cut off (NETWORK_CLOSED).
   */
  subscribe(peer: Peer, request: Req, options?: CallOptions): AsyncIterable<Res>;
};

export type ServeContext = {
  /** Proven by the connection's handshake. */
  readonly remotePeerId: string;
  /** The registered node that introduced itself, where the protocol asks for that. */
  readonly nodeId: NodeId | undefined;
  /** Aborts at the time limit, when the caller cancels, and when its stream ends. A copy of the context has none. */
  readonly signal: AbortSignal;
};

/**
 * A promise is one answer, an iterable several. A NETWORK or MESSAGING error goes back with its code
 * and facts; anything else as NETWORK_INTERNAL, and to the `onError` port.
 */
export type Handler<Req, Res> = (
  request: Req,
  context: ServeContext,
) => Promise<Res> | AsyncIterable<Res>;

/** This process among its peers. */
export type Overlay = {
  readonly peerId: string;
  /** Peers with a connection now. */
  peerCount(): number;
  /** What it listens on: multiaddrs in text form, without `/p2p/…`. */
  addresses(): readonly string[];
  serve<Req, Res>(protocol: RequestProtocol<Req, Res>, handler: Handler<Req, Res>): Promise<void>;
  caller<Req, Res>(protocol: RequestProtocol<Req, Res>): Caller<Req, Res>;
  /** Requests that wait fail with NETWORK_CLOSED. */
  stop(): Promise<void>;
};
