import type {Libp2p} from '@libp2p/interface';
import {decode, encode, list, versioned} from '../protocol/codec.ts';
import {CodecError} from '../protocol/errors.ts';
import {SignedPeerRecord} from '../protocol/overlay/peer-record.ts';
import {parseAddress, parsePeerAddress} from './addresses.ts';
import {NetworkError} from './errors.ts';
import type {NodeDirectory} from './node-directory.ts';
import type {Peer} from './overlay.ts';
import type {NetworkPorts, PeerSnapshot} from './overlay-init.ts';
import {peerOf} from './peer-records.ts';

/** Peers that a snapshot holds, about 4 KB each. */
const MAX_SNAPSHOT = 1024;
const TICK_MS = 1000;
/** With fewer peers than this the node looks for more among those it knows. */
const FEW_PEERS = 4;
const DIALS_AT_ONCE = 4;
/** Remembered records that are checked in one round: the next dials wait for them. */
const LEARNED_AT_ONCE = 64;
const FIRST_REPUBLISH_MS = 1000;
const LAST_REPUBLISH_MS = 60_000;
const SAVE_EVERY_MS = 30_000;

/** What a node remembers of its peers between two runs. */
export const KnownPeers = versioned(0, list(SignedPeerRecord, {maxLength: MAX_SNAPSHOT}));

export type PeerKeeperInit = {
  readonly libp2p: Libp2p;
  readonly directory: NodeDirectory;
  readonly bootstrap: readonly string[];
  readonly snapshot: PeerSnapshot | undefined;
  /** Whether the chain knows this node: before it does, nobody takes its record. */
  readonly isRegistered: (signal: AbortSignal) => Promise<boolean>;
  readonly dialTimeoutMs: number;
  readonly ports: NetworkPorts;
};

/** Keeps the node among its peers: joins, joins again, publishes its record, remembers who is there. */
export class PeerKeeper {
  readonly #init: PeerKeeperInit;
  readonly #bootstrap: readonly Peer[];
  #remembered: readonly SignedPeerRecord[] = [];
  #unlearned: SignedPeerRecord[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();
  readonly #stopping = new AbortController();
  #peersAtPublish = 0;
  #publishedMs = 0;
  #republishMs = FIRST_REPUBLISH_MS;
  #savedMs = 0;
  #round = 0;

  /** @throws NetworkError NETWORK_BAD_ADDRESS */
  constructor(init: PeerKeeperInit) {
    this.#init = init;
    this.#bootstrap = init.bootstrap.map(parsePeerAddress);
  }

  async start(): Promise<void> {
    await this.#load();
    this.#savedMs = performance.now();
    this.#schedule(0);
  }

  async #load(): Promise<void> {
    const bytes = await this.#init.snapshot?.load();
    if (bytes === undefined) return;
    try {
      this.#remembered = decode(KnownPeers, bytes);
      this.#unlearned = [...this.#remembered];
    } catch (error) {
      // It is only a memory aid: the bootstrap is there as well.
      if (!(error instanceof CodecError)) throw error;
      this.#init.ports.onError('network.snapshot', error);
    }
  }

  #schedule(ms: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#tick().finally(() => this.#schedule(TICK_MS));
    }, ms);
  }

  async #tick(): Promise<void> {
    // Dials need no chain, so they come first.
    await this.#attempt(async () => {
      if (this.#peerCount() < FEW_PEERS) await this.#dialSome();
    });
    await this.#attempt(() => this.#learnRemembered());
    await this.#attempt(async () => {
      if (await this.#isPublishDue()) await this.#publish();
    });
    await this.#attempt(async () => {
      if (performance.now() - this.#savedMs >= SAVE_EVERY_MS) await this.#save();
    });
  }

  /** One that fails keeps no other from its turn. */
  async #attempt(step: () => Promise<void>): Promise<void> {
    const {signal} = this.#stopping;
    if (signal.aborted) return;
    try {
      await step();
    } catch (error) {
      if (!signal.aborted) this.#init.ports.onError('network.keep', error);
    }
  }

  /** PERF: libp2p's own list of peers makes each of its ids anew. */
  #peerCount(): number {
    const connections = this.#init.libp2p.getConnections();
    return new Set(connections.map(({remotePeer}) => String(remotePeer))).size;
  }

  /** Records of the last run that still hold; needs the chain, which may come later. */
  async #learnRemembered(): Promise<void> {
    for (let i = 0; i < LEARNED_AT_ONCE; i++) {
      const signed = this.#unlearned.shift();
      if (signed === undefined) return;
      try {
        await this.#init.directory.learn(signed, this.#stopping.signal);
      } catch (error) {
        if (error instanceof NetworkError && error.code !== 'NETWORK_BUSY') continue;
        // Next time another one comes first: it may be this one that the chain cannot answer.
        this.#unlearned.push(signed);
        throw error;
      }
    }
  }

  /** Remembered records count as addresses even when they have expired. */
  #candidates(): Peer[] {
    const {libp2p, directory} = this.#init;
    const records = [...directory.known(), ...this.#remembered];
    const connected = new Set(libp2p.getPeers().map(String));
    connected.add(libp2p.peerId.toString());
    const byPeer = new Map<string, Peer>();
    for (const peer of [...this.#bootstrap, ...records.map(peerOf)]) {
      if (!connected.has(peer.peerId)) byPeer.set(`${peer.peerId} ${peer.addresses}`, peer);
    }
    return [...byPeer.values()];
  }

  /** A few of those known, each round others: dead ones must not keep live ones from their turn. */
  async #dialSome(): Promise<void> {
    const candidates = this.#candidates();
    const start = this.#round % Math.max(1, candidates.length);
    this.#round += DIALS_AT_ONCE;
    const turn = [...candidates.slice(start), ...candidates.slice(0, start)];
    await Promise.all(turn.slice(0, DIALS_AT_ONCE).map((peer) => this.#dial(peer)));
  }

  async #dial({peerId, addresses}: Peer): Promise<void> {
    const {libp2p, dialTimeoutMs} = this.#init;
    const targets = addresses.map((address) => parseAddress(`${address}/p2p/${peerId}`));
    if (targets.length === 0) return;
    // A peer that is gone is the ordinary case: the next round tries others.
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(dialTimeoutMs)]);
    await libp2p.dial(targets, {signal}).catch(() => undefined);
  }

  /** Due by itself, or when half as many peers more are there to hold it than last time. */
  async #isPublishDue(): Promise<boolean> {
    if (this.#peerCount() === 0) return false;
    const {directory, isRegistered} = this.#init;
    if (this.#publishedMs === 0) return isRegistered(this.#stopping.signal);
    if (directory.isDue()) return true;
    const hasMore = this.#peerCount() >= this.#peersAtPublish * 1.5 || directory.reach === 0;
    return hasMore && performance.now() - this.#publishedMs >= this.#republishMs;
  }

  async #publish(): Promise<void> {
    this.#peersAtPublish = this.#peerCount();
    const isFirst = this.#publishedMs === 0;
    this.#publishedMs = performance.now();
    if (!isFirst) this.#republishMs = Math.min(this.#republishMs * 2, LAST_REPUBLISH_MS);
    await this.#init.directory.publish(this.#stopping.signal);
  }

  async #save(): Promise<void> {
    this.#savedMs = performance.now();
    const [, ...others] = this.#init.directory.known();
    if (others.length === 0) return;
    await this.#init.snapshot?.save(encode(KnownPeers, others.slice(0, MAX_SNAPSHOT)));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#running;
    await this.#save().catch((error) => this.#init.ports.onError('network.snapshot', error));
  }
}
