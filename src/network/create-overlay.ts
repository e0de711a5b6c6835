import {createServiceLibp2p} from './create-libp2p.ts';
import type {Directory} from './directory.ts';
import {NetworkError} from './errors.ts';
import {readIntroduction} from './introduction.ts';
import {KeyLookups} from './key-lookups.ts';
import {DEFAULT_LIMITS} from './limits.ts';
import {NodeDirectory} from './node-directory.ts';
import type {Overlay} from './overlay.ts';
import type {OverlayInit} from './overlay-init.ts';
import {OverlayNode} from './overlay-node.ts';
import {peerIdToBytes, transportKey} from './peer-identity.ts';
import {PeerKeeper} from './peer-keeper.ts';
import {RecordBook} from './record-book.ts';
import {createRecordTable} from './record-table.ts';

/** Default life of a peer record, in ms. */
const RECORD_LIFE_MS = 3_600_000;

/** Idle connections that a service node keeps: more than enough to walk the DHT. */
const KEPT_CONNECTIONS = 32;

export type ServiceOverlay = Overlay & {readonly directory: Directory};

/**
 * A service node's overlay: listening, and joining its peers in the background.
 * @throws NetworkError NETWORK_LISTEN_FAILED, NETWORK_BAD_ADDRESS; whatever the snapshot's `load` throws.
 */
export async function createOverlay(init: OverlayInit): Promise<ServiceOverlay> {
  const {chain, ports, keys, listen, announce = [], allowPrivate = false} = init;
  const limits = {...DEFAULT_LIMITS, ...init.limits};
  const privateKey = await transportKey(init.transportSeed);
  const rate = {burst: limits.lookupBurst, perSecond: limits.lookupsPerSecond};
  const lookups = new KeyLookups({keys, rate, nowMs: () => performance.now()});
  const book = new RecordBook({chain, keys: lookups, ports});
  const {chainId} = chain;
  const libp2pInit = {chainId, privateKey, limits, book, listen, announce, allowPrivate};
  const libp2p = await createServiceLibp2p(libp2pInit);
  const directory = new NodeDirectory({
    chain,
    nodeId: init.nodeId,
    signer: init.signer,
    peerId: peerIdToBytes(libp2p.peerId),
    addresses: () => node.addresses(),
    recordLifeMs: init.recordLifeMs ?? RECORD_LIFE_MS,
    book,
    table: createRecordTable(libp2p.services.dht),
    isRunning: () => libp2p.status === 'started',
    ports,
  });
  const keeper = new PeerKeeper({
    libp2p,
    directory,
    bootstrap: init.bootstrap,
    snapshot: init.snapshot,
    isRegistered: async (signal) => (await keys.signingKeyOf(init.nodeId, signal)) !== undefined,
    dialTimeoutMs: limits.openTimeoutMs,
    ports,
  });
  const node: OverlayNode = new OverlayNode({
    libp2p,
    chainId,
    limits,
    ports,
    selfRecord: async () => directory.own(),
    readIntroduction: (frames, remotePeerId) => readIntroduction(frames, book, remotePeerId),
    keepConnections: KEPT_CONNECTIONS,
    onStop: () => keeper.stop(),
  });
  try {
    await libp2p.start();
  } catch (cause) {
    await node.stop();
    const reason = cause instanceof Error ? cause.name : 'unknown';
    throw new NetworkError('NETWORK_LISTEN_FAILED', {listen: listen.join(' '), reason}, {cause});
  }
  try {
    await keeper.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return Object.assign(node, {directory});
}
