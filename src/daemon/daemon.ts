import {join} from 'node:path';
import {chainRefOf} from '../client/account-sender.ts';
import {RpcChainClient} from '../client/rpc-chain-client.ts';
import type {ChainRef} from '../client/transactions.ts';
import {taggedHash} from '../crypto/hash.ts';
import type {Identity} from '../crypto/identity.ts';
import {nodeIdOf, nodeIdToString} from '../crypto/ids.ts';
import {initCrypto} from '../crypto/init.ts';
import {createSigner, type Signer} from '../crypto/ml-dsa.ts';
import {createKemKey} from '../crypto/ml-kem.ts';
import type {EpochSets} from '../messaging/epoch-sets.ts';
import type {ChainClient, NetworkInfo} from '../protocol/api.ts';
import type {NodeId} from '../protocol/bytes.ts';
import {HASH_TAG} from '../protocol/domains.ts';
import type {KeyValueStore} from '../storage/kv.ts';
import {LevelStore} from '../storage/level.ts';
import {AnswerAudit} from './answer-audit.ts';
import {ChainView} from './chain-view.ts';
import type {NodeConfig} from './config.ts';
import {DutyDrafts} from './duty-drafts.ts';
import {DutyLedger} from './duty-ledger.ts';
import {DutyRunner} from './duty-runner.ts';
import {DutySigner} from './duty-signer.ts';
import {ConfigError, ownerMissing} from './errors.ts';
import {EvidenceFiler} from './evidence-filer.ts';
import {makePrivateFolder} from './files.ts';
import {KeyRevoker} from './key-revoker.ts';
import {type MessageNode, openMessageNode} from './message-node.ts';
import type {NodeMetrics} from './metrics.ts';
import {identityPages, keyChainTasks} from './neighbours.ts';
import {hashChainsOf, kemSeedsOf, type NodeIdentity} from './node-secrets.ts';
import {type NodeStatus, startNodeStatus} from './node-status.ts';
import {OfferedCapacity} from './offered-capacity.ts';
import {PersistentClient} from './persistent-client.ts';
import type {DaemonPorts} from './ports.ts';
import {RecordSets} from './record-sets.ts';
import {Registration} from './registration.ts';
import {Reveals} from './reveals.ts';
import {runTogether} from './run-together.ts';
import {WitnessProbes} from './witness-probes.ts';

export type DaemonInit = {
  readonly config: NodeConfig;
  readonly identity: NodeIdentity;
  /** Reads the key file again: its keys may have been rotated. */
  readonly readIdentity?: () => Promise<Identity>;
  /** The owner's key, when this machine holds it. */
  readonly owner: Signer | undefined;
};

export type Daemon = {
  /** Resolves after `stop`; rejects when the node must not go on. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
};

type Stores = {readonly ledger: KeyValueStore; readonly records: KeyValueStore};

function assertEnough({capacity}: NodeConfig, {minCapacity}: NetworkInfo): void {
  const least = BigInt(minCapacity);
  if (capacity === undefined || capacity >= least) return;
  const expected = `must be at least the chain's ${least} bytes`;
  throw new ConfigError('CONFIG_INVALID', {path: 'capacity', expected});
}

function ownerOf({config, owner}: DaemonInit) {
  if (owner !== undefined) return {signer: owner};
  return config.owner === undefined ? undefined : {address: config.owner};
}

/** Settings are looked at before the node listens. */
async function assertOwned(
  init: DaemonInit,
  {persistent, nodeId}: Pick<Place, 'persistent' | 'nodeId'>,
  signal: AbortSignal,
): Promise<void> {
  if (ownerOf(init) !== undefined) return;
  const asked = {nodeId: nodeIdToString(nodeId)};
  if (!(await persistent.ask('getDuties', asked, signal)).registered) throw ownerMissing();
}

type Components = {
  readonly client: ChainClient;
  readonly stores: Stores;
  readonly ports: DaemonPorts;
};

/** One node on one chain. */
type Place = {
  readonly persistent: PersistentClient;
  readonly network: NetworkInfo;
  readonly chain: ChainRef;
  readonly node: Signer;
  readonly nodeId: NodeId;
  readonly view: ChainView;
  readonly sets: EpochSets;
  readonly probes: WitnessProbes;
  readonly capacity: OfferedCapacity;
  readonly metrics: NodeMetrics;
};

/** Runs one node until the signal aborts, and rejects with its reason. */
async function runNode(
  init: DaemonInit,
  components: Components,
  signal: AbortSignal,
): Promise<never> {
  const {client, ports} = components;
  const {config, identity} = init;
  const persistent = new PersistentClient({client, ...ports});
  const network = await persistent.ask('getNetwork', {}, signal);
  assertEnough(config, network);
  const {epochSeconds} = network;
  persistent.epochSeconds = epochSeconds;
  const chain = chainRefOf(network);
  const node = createSigner(identity.signingSeed);
  const nodeId = nodeIdOf(chain.chainId, node.publicKey);
  await assertOwned(init, {persistent, nodeId}, signal);
  const view = new ChainView({client, ports}, {chain, nodeId, epochSeconds});
  const least = BigInt(network.minCapacity);
  const asked = {asked: config.capacity, least, epochSeconds};
  const capacity = new OfferedCapacity({client, ports}, asked);
  const pages = identityPages(config, {view, ports}, epochSeconds);
  const watched = {nodeId, epochSeconds, dataFolder: config.data, at: config.metrics, pages};
  await using status = await startNodeStatus({view, ports}, watched);
  await using messages = await openMessageNode(
    {
      config,
      signer: node,
      chain,
      nodeId,
      epochSeconds,
      minCapacity: () => capacity.least(),
      transportSeed: taggedHash(HASH_TAG.transportKey, identity.chainSeed, chain.chainId),
    },
    {
      records: components.stores.records,
      view,
      metrics: status.metrics,
      ports,
    },
  );
  const {overlay, sets, members} = messages;
  const where = overlay.addresses().map((address) => `${address}/p2p/${overlay.peerId}`);
  const [id, addresses] = [nodeIdToString(nodeId), where.join(' ')];
  ports.logger.info('node.started', {nodeId: id, chain: network.chainId, addresses});
  const {metrics} = status;
  watchMessages(status, messages);
  const probes = new WitnessProbes({members, ports}, {epochSeconds});
  const place = {persistent, network, chain, node, nodeId, view, sets, probes, capacity, metrics};
  const duties = (stop: AbortSignal) => runDuties(init, components, place, stop);
  const revoker = new KeyRevoker({client, ports}, {chain, nodeId, node, payer: init.owner});
  const keyChain = keyChainTasks(config, {revoker, health: status.health, ports}, watched);
  const own = [(stop: AbortSignal) => view.run(stop), messages.run, probes.run, duties];
  status.health.attach({problems: () => capacity.problems()});
  const follow = (stop: AbortSignal) => capacity.run(stop);
  return await runTogether([...own, follow, ...keyChain], signal);
}

function watchMessages(
  {metrics, health}: NodeStatus,
  {messaging, overlay, sets}: MessageNode,
): void {
  health.attach({
    peers: () => overlay.peerCount(),
    records: () => asNumber(sets.settled()?.recordCount) ?? 0,
  });
  metrics.watch('hints_pending', () => messaging.pendingHints());
  metrics.watch('peers_connected', () => overlay.peerCount());
  metrics.watch('records', () => asNumber(sets.settled()?.recordCount));
  metrics.watch('record_bytes', () => asNumber(sets.settled()?.bytes));
}

const asNumber = (value: bigint | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

/** Registers the node if need be, then does its duties. */
async function runDuties(
  init: DaemonInit,
  {client, stores, ports}: Components,
  {
    persistent,
    network,
    chain,
    node,
    nodeId,
    view,
    sets: epochSets,
    probes,
    capacity,
    metrics,
  }: Place,
  signal: AbortSignal,
): Promise<never> {
  const {config, identity} = init;
  const reveals = new Reveals(hashChainsOf(identity, chain.chainId), async () => {
    const now = await init.readIdentity?.();
    return now?.kind === 'node' ? hashChainsOf(now, chain.chainId) : [];
  });
  const [newestKemSeed = identity.kemSeed] = kemSeedsOf(identity, chain.chainId);
  const ledger = new DutyLedger(stores.ledger, {chainId: chain.chainId, nodeId});
  const registration = new Registration(
    {client, chain: persistent, ports},
    {
      network,
      chain,
      nodeId,
      node,
      encryptionKey: createKemKey(newestKemSeed).publicKey,
      // A node that comes back after it was retired goes on below what it has revealed.
      hashChainTip: reveals.at((await ledger.lowestReveal()) ?? reveals.steps),
      owner: ownerOf(init),
      stake: config.stake ?? BigInt(network.minStake),
      dataFolder: config.data,
    },
  );
  await registration.complete(signal);
  const sets = new RecordSets(epochSets, {logger: ports.logger, metrics});
  const drafts = new DutyDrafts(
    {sets, reveals, ledger, probes, ports},
    {chain, nodeId, dataFolder: config.data, capacity: () => capacity.offered()},
  );
  const audit = new AnswerAudit({chain: persistent, sets, ledger, ports});
  const signer = new DutySigner({ledger, signer: node}, {chain, nodeId});
  const runner = new DutyRunner(
    {
      client,
      chain: persistent,
      ledger,
      signer,
      drafts,
      reveals,
      audit,
      view,
      probes,
      metrics,
      ports,
    },
    {nodeId, epochSeconds: network.epochSeconds, takeOver: config.takeOver},
  );
  const filing =
    init.owner === undefined
      ? []
      : [new EvidenceFiler({client, ports}, {network, payer: init.owner}).run];
  return runTogether([(stop) => runner.run(stop), ...filing], signal);
}

/** Opens from the bottom up, closes from the top down; the ledger is the last to go. */
async function openAndRun(
  init: DaemonInit,
  ports: DaemonPorts,
  signal: AbortSignal,
): Promise<void> {
  const {data, rpc} = init.config;
  await initCrypto();
  await makePrivateFolder(data);
  await using ledger = await LevelStore.open(join(data, 'ledger'));
  await using records = await LevelStore.open(join(data, 'records'));
  try {
    const client = new RpcChainClient({url: rpc});
    await runNode(init, {client, stores: {ledger, records}, ports}, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    ports.logger.info('node.stopped');
  }
}

/**
 * Starts a service node. It runs until it is stopped, through restarts of the chain and of itself.
 * `done` rejects with DaemonError DAEMON_KEY_IN_USE_ELSEWHERE and others after which it must not
 * sign, StorageError when the data folder cannot be used, ConfigError for settings that cannot work.
 */
export function startDaemon(init: DaemonInit, ports: DaemonPorts): Daemon {
  const stopper = new AbortController();
  const done = openAndRun(init, ports, stopper.signal);
  return {
    done,
    async stop() {
      stopper.abort(new Error('node stopped'));
      await done;
    },
  };
}
