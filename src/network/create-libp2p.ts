import {identify} from '@libp2p/identify';
import type {Ed25519PrivateKey, Libp2p} from '@libp2p/interface';
import {type KadDHT, passthroughMapper, removePrivateAddressesMapper} from '@libp2p/kad-dht';
import {ping} from '@libp2p/ping';
import {tcp} from '@libp2p/tcp';
import {createLibp2p, type Libp2pOptions} from 'libp2p';
import type {ChainId} from '../protocol/bytes.ts';
import {MAX_ADDRESSES} from '../protocol/overlay/peer-record.ts';
import {BoundedDatastore} from './bounded-datastore.ts';
import {dhtService} from './dht-service.ts';
import {HostGate} from './host-gate.ts';
import {leanMuxer} from './lean-muxer.ts';
import type {NetworkLimits} from './limits.ts';
import {RateLimiter} from './rate-limiter.ts';
import type {RecordBook} from './record-book.ts';
import {recordRules} from './record-table.ts';
import {dhtProtocolId} from './request-protocol.ts';
import {secureChannel} from './secure-channel.ts';

const STREAM_WINDOW_BYTES = 262_144;
/** What one stream's reader may hold unread; the muxer's default is 16 MiB. */
const MAX_STREAM_WINDOW_BYTES = 2 * 1_048_576;
const MAX_STREAMS_PER_CONNECTION = 256;
/** Beyond what one host may begin within `openTimeoutMs`: silent connections keep nobody else out. */
const MAX_PENDING_CONNECTIONS = 1000;
const ADDRESS_DIAL_TIMEOUT_MS = 3000;
/**
 * Between two pings on a connection; one that is not answered ends it. PERF: each is a stream of its own,
 * and a node with a thousand connections answers a thousand of them in this time.
 */
const CONNECTION_PING_MS = 30_000;

export type DhtServices = {
  readonly dht: KadDHT;
  readonly identify: unknown;
  readonly ping: unknown;
};

function common(privateKey: Ed25519PrivateKey, limits: NetworkLimits): Libp2pOptions {
  return {
    privateKey,
    datastore: new BoundedDatastore(),
    nodeInfo: {userAgent: 'sessionvm'},
    transports: [tcp()],
    connectionEncrypters: [secureChannel()],
    streamMuxers: [
      leanMuxer({
        maxInboundStreams: MAX_STREAMS_PER_CONNECTION,
        maxOutboundStreams: MAX_STREAMS_PER_CONNECTION,
        enableKeepAlive: false, // Its pings end nothing; the connection monitor's do.
        streamOptions: {
          initialStreamWindowSize: STREAM_WINDOW_BYTES,
          maxStreamWindowSize: MAX_STREAM_WINDOW_BYTES,
        },
      }),
    ],
    connectionMonitor: {pingInterval: CONNECTION_PING_MS},
    connectionManager: {
      maxConnections: limits.connections,
      inboundConnectionThreshold: limits.connectionsPerSecond,
      maxIncomingPendingConnections: MAX_PENDING_CONNECTIONS,
      maxPeerAddrsToDial: MAX_ADDRESSES,
      dialTimeout: limits.openTimeoutMs,
      inboundUpgradeTimeout: limits.openTimeoutMs,
      addressDialTimeout: ADDRESS_DIAL_TIMEOUT_MS,
    },
  };
}

export type ServiceLibp2pInit = {
  readonly chainId: ChainId;
  readonly privateKey: Ed25519PrivateKey;
  readonly limits: NetworkLimits;
  readonly book: RecordBook;
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  readonly allowPrivate: boolean;
};

/** A full peer: it listens, and serves the chain's own DHT. Not started. */
export function createServiceLibp2p(init: ServiceLibp2pInit): Promise<Libp2p<DhtServices>> {
  const {chainId, privateKey, limits, book, allowPrivate} = init;
  return createLibp2p({
    ...common(privateKey, limits),
    connectionGater: new HostGate(limits.connectionsPerHost),
    addresses: {listen: [...init.listen], announce: [...init.announce]},
    services: {
      identify: identify(),
      ping: ping(),
      dht: dhtService(new RateLimiter(limits, () => performance.now()), {
        protocol: dhtProtocolId(chainId),
        clientMode: false,
        // The first node of a network has nobody to ask.
        allowQueryWithZeroPeers: true,
        initialQuerySelfInterval: 500,
        peerInfoMapper: allowPrivate ? passthroughMapper : removePrivateAddressesMapper,
        ...recordRules(book),
      }),
    },
    start: false,
  });
}

/** Dials only: no listener and no DHT. Not started. */
export function createClientLibp2p(
  privateKey: Ed25519PrivateKey,
  limits: NetworkLimits,
): Promise<Libp2p> {
  return createLibp2p({
    ...common(privateKey, limits),
    services: {identify: identify(), ping: ping()},
    start: false,
  });
}
