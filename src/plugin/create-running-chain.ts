import type {NodeId} from '../protocol/bytes.ts';
import type {StateSummary} from '../protocol/chain/state-summary.ts';
import {VERSION} from '../protocol/version.ts';
import type {Chain} from '../vm/chain.ts';
import {upgradesAt} from '../vm/config.ts';
import {Mempool} from '../vm/mempool.ts';
import type {ParsedTx} from '../vm/parsed-tx.ts';
import {ChainStore} from './chain-store.ts';
import {EquivocationWatch} from './equivocation-watch.ts';
import {ChainHistory} from './events/chain-history.ts';
import {EventServer} from './events/event-server.ts';
import {errorFacts, type Logger} from './logger.ts';
import {PluginMetrics} from './metrics.ts';
import {type ChainOrigin, openChain} from './open-chain.ts';
import type {OperatorConfig} from './operator-config.ts';
import {closePeers, createPeers} from './peers/create-peers.ts';
import type {HostDatabase, PluginVm} from './plugin-vm.ts';
import {RefusedTxs} from './refused-txs.ts';
import type {RunningChain} from './running-chain.ts';
import {SignatureChecker} from './signature-checker.ts';
import {createStateSync} from './sync/create-state-sync.ts';
import {openShelf} from './sync/open-shelf.ts';
import {Pruner} from './sync/pruner.ts';
import type {StateSync} from './sync/state-sync.ts';
import type {SummaryShelf} from './sync/summary-shelf.ts';
import {SyncStore} from './sync/sync-store.ts';
import {TxAdmission} from './tx-admission.ts';

export type RunningChainInit = ChainOrigin & {
  readonly operator: OperatorConfig;
  /** Of the node that runs us. */
  readonly nodeId: NodeId;
  readonly databaseAddress: string;
  readonly servicesAddress: string;
};

type StoredParts = Pick<RunningChain, 'store' | 'chain' | 'history' | 'shelf'> & {
  readonly database: HostDatabase;
  /** How far an interrupted state sync came. */
  readonly ongoing: StateSummary | undefined;
};

/** The chain and its history as the database has them; it is closed again when it has neither. */
async function openStored(database: HostDatabase, init: RunningChainInit): Promise<StoredParts> {
  const {eventBlocks} = init.operator;
  try {
    const store = new ChainStore(database);
    const chain = await openChain(store, init);
    const lastAccepted = chain.lastAccepted.block.height;
    const history = await ChainHistory.open({database, eventBlocks, lastAccepted});
    const shelf = await openShelf(store, chain);
    const ongoing = await new SyncStore(store).readOngoing();
    return {database, store, chain, history, shelf, ongoing};
  } catch (error) {
    await database.close();
    throw error;
  }
}

function logUpgrades({ports: {logger}}: PluginVm, {config, lastAccepted}: Chain): void {
  const passed = upgradesAt(config, lastAccepted.block.timestamp);
  for (const {activatesAtMs} of config.upgrades) {
    const isPassed = passed.some((upgrade) => upgrade.activatesAtMs === activatesAtMs);
    logger.info('an upgrade of the rules', {activatesAt: activatesAtMs / 1000n, isPassed});
  }
}

function createPruner(
  store: ChainStore,
  shelf: SummaryShelf,
  {keepBlocks}: OperatorConfig,
): Pruner | undefined {
  if (keepBlocks === undefined) return undefined;
  return new Pruner({store, keepBlocks, oldestSummary: () => shelf.oldestHeight});
}

const reportBy =
  (logger: Logger, message: string) =>
  (error: unknown): void =>
    logger.error(message, errorFacts(error));

/** Admits a caller's transaction; a refusal is remembered for those who ask about it. */
function issueBy(
  admit: (bytes: Uint8Array) => Promise<ParsedTx>,
  refused: RefusedTxs,
): RunningChain['issueTx'] {
  return async (bytes) => {
    try {
      return (await admit(bytes)).id;
    } catch (error) {
      refused.addFailure(bytes, error);
      throw error;
    }
  };
}

const healthOfParts = (
  {store, database}: Pick<StoredParts, 'store' | 'database'>,
  sync: StateSync,
): Pick<RunningChain, 'databaseState' | 'stateSyncInfo'> => ({
  databaseState: () => (store.failure ?? database.failure)?.message ?? 'ok',
  stateSyncInfo: () => sync.progress.info,
});

/**
 * Puts the parts of one chain together. The database is closed again when the chain cannot be opened.
 * @throws ChainStoreError, StorageError
 */
export async function createRunningChain(
  vm: PluginVm,
  init: RunningChainInit,
): Promise<RunningChain> {
  const {now, logger, openDatabase, openMessenger} = vm.ports;
  const {config, genesis, operator} = init;
  const stored = await openStored(openDatabase(init.databaseAddress), init);
  const {database, store, chain, history, shelf} = stored;
  logger.setLevel(operator.logLevel);
  logUpgrades(vm, chain);
  const reportInternalError = reportBy(logger, 'a call failed');
  const refused = new RefusedTxs(now);
  const mempool = new Mempool(({id}, code) => refused.add(id, code));
  const checker = new SignatureChecker();
  const admission = new TxAdmission({chain, mempool, checker, now});
  const messenger = openMessenger(init.servicesAddress);
  const workChanged = (): void => vm.waiter.changed();
  const equivocations = new EquivocationWatch({chain, mempool, store, checker});
  const admit = async (bytes: Uint8Array) => {
    const tx = await equivocations.watch(bytes, admission.admit(bytes));
    workChanged();
    peers.gossip?.announce(tx);
    return tx;
  };
  const peers = createPeers({
    nodeId: init.nodeId,
    messenger,
    mempool,
    shelf,
    gossip: operator.gossip,
    admit,
    isNormalOp: () => vm.state === 'normalOp',
    clocks: vm.ports,
    reportInternalError: reportBy(logger, 'a peer was not served'),
  });
  const sync = createStateSync(vm, {...stored, ...peers, operator});
  return {
    config,
    genesis,
    chain,
    mempool,
    store,
    history,
    events: new EventServer({history, reportInternalError}),
    checker,
    admission,
    ...peers,
    shelf,
    sync,
    pruner: createPruner(store, shelf, operator),
    now,
    workChanged,
    metrics: new PluginMetrics(),
    queue: vm.queue,
    version: VERSION,
    vmState: () => vm.state,
    issueTx: issueBy(admit, refused),
    refusalOf: (id) => refused.get(id),
    equivocations: () => equivocations.list(),
    ...healthOfParts(stored, sync),
    reportInternalError,
    async close() {
      sync.close();
      closePeers(peers);
      messenger.close();
      await database.close();
    },
  };
}
