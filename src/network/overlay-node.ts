import type {Connection, Libp2p, Stream} from '@libp2p/interface';
import type {ChainId, NodeId} from '../protocol/bytes.ts';
import {Frame} from '../protocol/overlay/frame.ts';
import {SignedPeerRecord} from '../protocol/overlay/peer-record.ts';
import {isPlainAddress} from './addresses.ts';
import {ByteBudget} from './byte-budget.ts';
import {ConnectionReaper} from './connection-reaper.ts';
import {createDialer, type Dialer} from './dialer.ts';
import {FrameStream} from './frame-stream.ts';
import type {SelfRecord} from './introduction.ts';
import type {NetworkLimits} from './limits.ts';
import type {Caller, Handler, Overlay} from './overlay.ts';
import type {NetworkPorts} from './overlay-init.ts';
import {RateLimiter} from './rate-limiter.ts';
import {RequestCaller} from './request-caller.ts';
import {protocolId, type RequestProtocol} from './request-protocol.ts';
import {ServedStream} from './served-stream.ts';

const MAX_FRAME_BYTES = Math.max(Frame.maxSize, SignedPeerRecord.maxSize);

export type OverlayNodeInit = {
  readonly libp2p: Libp2p;
  readonly chainId: ChainId;
  readonly limits: NetworkLimits;
  readonly ports: NetworkPorts;
  /** This node's record; a client has none. */
  readonly selfRecord: SelfRecord | undefined;
  /** Reads and checks the other side's; a client serves nobody who introduces. */
  readonly readIntroduction: (frames: FrameStream, remotePeerId: string) => Promise<NodeId>;
  /** Idle connections that are kept. */
  readonly keepConnections: number;
  /** What must end before libp2p does. */
  readonly onStop: () => Promise<void>;
};

/** What an orderly end of one connection may take, in ms. */
const CLOSE_TIMEOUT_MS = 300;

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/** Requests and answers over one libp2p node. */
export class OverlayNode implements Overlay {
  readonly #init: OverlayNodeInit;
  readonly #dialer: Dialer;
  readonly #limiter: RateLimiter;
  readonly #unsent: ByteBudget;
  readonly #unread: ByteBudget;
  // biome-ignore lint/suspicious/noExplicitAny: callers of any protocol; `caller` gives each its types.
  readonly #callers = new Map<string, RequestCaller<any, any>>();
  readonly #reaper: ConnectionReaper;
  #stopping: Promise<void> | undefined;

  constructor(init: OverlayNodeInit) {
    this.#init = init;
    this.#dialer = createDialer(init.libp2p, init.limits);
    this.#limiter = new RateLimiter(init.limits, () => performance.now());
    const {unsentPerPeer, unsentInAll, unreadPerPeer, unreadInAll} = init.limits;
    this.#unsent = new ByteBudget({perPeer: unsentPerPeer, inAll: unsentInAll});
    this.#unread = new ByteBudget({perPeer: unreadPerPeer, inAll: unreadInAll});
    this.#reaper = new ConnectionReaper({
      libp2p: init.libp2p,
      idleMs: init.limits.idleMs,
      keep: init.keepConnections,
      onError: init.ports.onError,
    });
  }

  get peerId(): string {
    return this.#init.libp2p.peerId.toString();
  }

  addresses(): readonly string[] {
    return this.#init.libp2p
      .getMultiaddrs()
      .map((address) => address.decapsulate('/p2p').toString())
      .filter(isPlainAddress);
  }

  async serve<Req, Res>(
    protocol: RequestProtocol<Req, Res>,
    handler: Handler<Req, Res>,
  ): Promise<void> {
    const {libp2p, chainId, limits} = this.#init;
    const {streamsPerPeer} = limits;
    await libp2p.handle(
      protocolId(chainId, protocol.name),
      (stream, connection) => this.#serveStream(protocol, handler, {stream, connection}),
      {maxInboundStreams: streamsPerPeer, maxOutboundStreams: streamsPerPeer},
    );
  }

  #serveStream<Req, Res>(
    protocol: RequestProtocol<Req, Res>,
    handler: Handler<Req, Res>,
    {stream, connection}: {readonly stream: Stream; readonly connection: Connection},
  ): void {
    const {limits, ports, readIntroduction} = this.#init;
    const remotePeerId = connection.remotePeer.toString();
    const unread = this.#unread;
    const served = new ServedStream({
      protocol,
      handler,
      frames: new FrameStream(stream, {
        maxBytes: MAX_FRAME_BYTES,
        limits,
        peerId: remotePeerId,
        unread,
      }),
      remotePeerId,
      introduce: async (frames) =>
        protocol.introduces ? readIntroduction(frames, remotePeerId) : undefined,
      limiter: this.#limiter,
      unsent: this.#unsent,
      limits,
      ports,
    });
    void served.run();
  }

  caller<Req, Res>(protocol: RequestProtocol<Req, Res>): Caller<Req, Res> {
    const {chainId, limits, selfRecord} = this.#init;
    let caller = this.#callers.get(protocol.name);
    if (caller === undefined) {
      caller = new RequestCaller<Req, Res>({
        protocol,
        protocolId: protocolId(chainId, protocol.name),
        dialer: this.#dialer,
        limits,
        selfRecord,
      });
      this.#callers.set(protocol.name, caller);
    }
    return caller;
  }

  peerCount(): number {
    return this.#init.libp2p.getPeers().length;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** All at once: libp2p would close one after the other, half a second each. */
  async #closeConnections(): Promise<void> {
    const connections = this.#init.libp2p.getConnections();
    const closing = connections.map((connection) =>
      connection
        .close({signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS)})
        .catch((error: unknown) => connection.abort(toError(error))),
    );
    await Promise.all(closing);
  }

  async #stop(): Promise<void> {
    this.#reaper.stop();
    await this.#init.onStop();
    for (const caller of this.#callers.values()) caller.stop();
    await this.#closeConnections();
    await this.#init.libp2p.stop();
  }
}
