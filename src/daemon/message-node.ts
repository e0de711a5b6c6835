import type {ChainRef} from '../client/transactions.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import {createReceiptVerifier, signReceipts} from '../crypto/receipts.ts';
import {EpochSets} from '../messaging/epoch-sets.ts';
import {stampToleranceMs} from '../messaging/hybrid-clock.ts';
import {createMessaging, type Messaging} from '../messaging/messaging.ts';
import type {CommittedSet, MemberCaller} from '../messaging/ports.ts';
import type {RecordStore} from '../messaging/record-store.ts';
import {createOverlay, type ServiceOverlay} from '../network/create-overlay.ts';
import type {NetworkLimits} from '../network/limits.ts';
import type {NodeId} from '../protocol/bytes.ts';
import type {SignedReceipt} from '../protocol/overlay/receipt.ts';
import {createGroupCommit, type GroupCommit} from '../storage/group-commit.ts';
import type {KeyValueStore} from '../storage/kv.ts';
import type {ChainFacts} from './chain-view.ts';
import type {NodeConfig} from './config.ts';
import {deliverHints} from './deliver-hints.ts';
import {createMemberCaller} from './member-calls.ts';
import {serveMessages} from './message-server.ts';
import type {NodeMetrics} from './metrics.ts';
import {NodeFactsOf} from './node-facts.ts';
import {peerSnapshotIn} from './peer-snapshot.ts';
import type {DaemonPorts} from './ports.ts';
import {Presence} from './presence.ts';
import {releaseRecords} from './release-records.ts';
import {type EndlessTask, runTogether} from './run-together.ts';
import {StorageGauge} from './storage-gauge.ts';

const SWEEP_MS = 10_000;

export type MessageNodeInit = {
  readonly config: NodeConfig;
  /** 32 bytes: the seed of the libp2p identity. */
  readonly transportSeed: Uint8Array;
  readonly signer: Signer;
  readonly chain: ChainRef;
  readonly nodeId: NodeId;
  readonly epochSeconds: number;
  /** Of the rules in force, in bytes. */
  readonly minCapacity: () => bigint;
  /** Bounds of the overlay that differ from the usual ones. */
  readonly limits?: Partial<NetworkLimits>;
};

type Components = {
  readonly records: KeyValueStore;
  readonly view: ChainFacts;
  readonly metrics: NodeMetrics;
  readonly ports: DaemonPorts;
};

/** A service node's messaging: the overlay, the records, and what keeps both going. */
export type MessageNode = AsyncDisposable & {
  readonly overlay: ServiceOverlay;
  readonly messaging: Messaging;
  readonly sets: EpochSets;
  /** Calls to other nodes over the overlay. */
  readonly members: MemberCaller;
  readonly run: EndlessTask;
};

function recordStoreOf(records: KeyValueStore, commits: GroupCommit): RecordStore {
  return {
    get: (key, options) => records.get(key, options),
    getMany: (keys) => records.getMany(keys),
    has: (key) => records.has(key),
    iterate: (range, options) => records.iterate(range, options),
    write: (writes) => commits.write(writes),
  };
}

/** Loopback and private addresses count where the operator listens on nothing else, as on devnets. */
function isLocal({listen}: NodeConfig): boolean {
  return listen.every((address) => /^\/ip4\/(127|10)\.|^\/ip6\/::1\//.test(address));
}

function openOverlay(
  {config, transportSeed, signer, chain, nodeId, limits = {}}: MessageNodeInit,
  {view, ports}: Components,
  store: RecordStore,
): Promise<ServiceOverlay> {
  const {listen, announce, bootstrap} = config;
  return createOverlay({
    chain,
    nodeId,
    signer,
    keys: view,
    listen,
    bootstrap,
    ...(announce === undefined ? {} : {announce}),
    transportSeed,
    limits,
    snapshot: peerSnapshotIn(store),
    allowPrivate: isLocal(config),
    ports: {
      nowMs: ports.nowMs,
      onError: (where, error) => ports.logger.warn('overlay.error', {where, reason: String(error)}),
    },
  });
}

/** Whether the registered key of the member that a receipt names gave it. */
function receiptCheck(view: ChainFacts): (signed: SignedReceipt) => Promise<boolean> {
  const verify = createReceiptVerifier();
  return async (signed) => {
    const publicKey = await view.signingKeyOf(signed.receipt.nodeId);
    return publicKey !== undefined && verify(signed, publicKey);
  };
}

/**
 * Opens a node's messaging and listens; nothing goes on by itself before `run`.
 * @throws NetworkError NETWORK_LISTEN_FAILED, NETWORK_BAD_ADDRESS; StorageError
 */
export async function openMessageNode(
  init: MessageNodeInit,
  components: Components,
): Promise<MessageNode> {
  const {signer, chain, nodeId, epochSeconds, minCapacity, config} = init;
  const {records, view, ports, metrics} = components;
  const commits = createGroupCommit(records);
  const store = recordStoreOf(records, commits);
  const overlay = await openOverlay(init, components, store);
  const logError = (error: unknown): void =>
    ports.logger.error('messaging.error', {reason: String(error)});
  const gauge = new StorageGauge(ports, {folder: config.data, minCapacity, onError: logError});
  await gauge.look();
  const members = createMemberCaller(overlay);
  // Sets and messaging need each other: what counts where depends on what was committed to.
  const committed: CommittedSet = {
    settledUntilMs: () => sets.settledUntilMs(),
    leavesOf: (...at) => sets.leavesOf(...at),
  };
  const messaging = await createMessaging({
    chain,
    nodeId,
    store,
    swarms: view,
    members,
    committed,
    facts: new NodeFactsOf({view, overlay, ports}, {chain, nodeId}),
    clock: ports,
    toleranceMs: stampToleranceMs(epochSeconds),
    sign: (receipts) => signReceipts(signer, {...chain, nodeId}, receipts),
    isReceiptValid: receiptCheck(view),
    isStorageFull: () => gauge.isFull(),
    defer: (action) => void setImmediate(action),
    onError: logError,
    onReplicated: (seconds) => metrics.replicated(seconds),
  });
  const sets = await EpochSets.open({
    store,
    repair: messaging.repair,
    members,
    nodeId,
    swarm: () => view.own(),
    claim: (epoch, swarmId) => ({...chain, epoch, swarmId}),
  });
  const presence = new Presence({overlay, view, members, ports}, nodeId);
  await serveMessages({overlay, messaging, metrics, ports});
  const tasks = [
    deliverHints(messaging, ports),
    keepStampsAhead(messaging, ports),
    sweepAway(messaging, {view, epochSeconds}, ports),
    releaseRecords({messaging, view, metrics, ports}, epochSeconds),
    presence.run,
  ];
  return {
    overlay,
    messaging,
    sets,
    members,
    run: (signal) => runTogether(tasks, signal),
    async [Symbol.asyncDispose]() {
      await overlay.stop();
      await messaging.followers.settle();
      await commits.close();
    },
  };
}

function keepStampsAhead({ceiling}: Messaging, {sleep}: DaemonPorts): EndlessTask {
  return async (signal) => {
    for (;;) {
      await sleep(ceiling.pauseMs, signal);
      ceiling.keepAhead();
    }
  };
}

function sweepAway(
  messaging: Messaging,
  {view, epochSeconds}: {readonly view: ChainFacts; readonly epochSeconds: number},
  {sleep, logger}: DaemonPorts,
): EndlessTask {
  const epochMs = BigInt(epochSeconds * 1000);
  return async (signal) => {
    for (;;) {
      await sleep(SWEEP_MS, signal);
      try {
        const keepFromMs = view.keepFromMs();
        const endedUntilMs = keepFromMs > epochMs ? keepFromMs - epochMs : 0n;
        while (!signal.aborted && (await messaging.sweep({keepFromMs, endedUntilMs})) > 0);
      } catch (error) {
        logger.warn('sweep.failed', {reason: String(error)});
      }
    }
  };
}
