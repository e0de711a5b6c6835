import type {NodeId} from '../protocol/bytes.ts';
import {VERSION} from '../protocol/version.ts';
import {upgradesAt} from '../vm/config.ts';
import {Mempool} from '../vm/mempool.ts';
import {ChainStore} from './chain-store.ts';
import {errorFacts} from './logger.ts';
import {PluginMetrics} from './metrics.ts';
import {type ChainOrigin, openChain} from './open-chain.ts';
import type {OperatorConfig} from './operator-config.ts';
import {closePeers, createPeers} from './peers/create-peers.ts';
import type {PluginVm} from './plugin-vm.ts';
import type {RunningChain} from './running-chain.ts';
import {SignatureChecker} from './signature-checker.ts';
import {TxAdmission} from './tx-admission.ts';

export type RunningChainInit = ChainOrigin & {
  readonly operator: OperatorConfig;
  /** Of the node that runs us. */
  readonly nodeId: NodeId;
  readonly databaseAddress: string;
  readonly servicesAddress: string;
};

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
  const database = openDatabase(init.databaseAddress);
  const store = new ChainStore(database);
  const chain = await openChain(store, init).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  logger.setLevel(operator.logLevel);
  const {timestamp} = chain.lastAccepted.block;
  for (const {activatesAtMs} of config.upgrades) {
    const isPassed = upgradesAt(config, timestamp).some((u) => u.activatesAtMs === activatesAtMs);
    logger.info('an upgrade of the rules', {activatesAt: activatesAtMs / 1000n, isPassed});
  }
  const mempool = new Mempool();
  const checker = new SignatureChecker();
  const admission = new TxAdmission({chain, mempool, checker, now});
  const messenger = openMessenger(init.servicesAddress);
  const workChanged = (): void => vm.waiter.changed();
  const admit = async (bytes: Uint8Array) => {
    const tx = await admission.admit(bytes);
    workChanged();
    peers.gossip?.announce(tx);
    return tx;
  };
  const peers = createPeers({
    nodeId: init.nodeId,
    messenger,
    mempool,
    gossip: operator.gossip,
    admit,
    isNormalOp: () => vm.state === 'normalOp',
    now,
    reportInternalError: (error) => logger.error('a peer was not served', errorFacts(error)),
  });
  return {
    config,
    genesis,
    chain,
    mempool,
    store,
    checker,
    admission,
    ...peers,
    now,
    workChanged,
    metrics: new PluginMetrics(),
    queue: vm.queue,
    version: VERSION,
    vmState: () => vm.state,
    issueTx: async (bytes) => (await admit(bytes)).id,
    databaseState: () => store.failure?.message ?? 'ok',
    reportInternalError: (error) => logger.error('a call failed', errorFacts(error)),
    async close() {
      closePeers(peers);
      messenger.close();
      await database.close();
    },
  };
}
