import {initCrypto} from '../../crypto/init.ts';
import {toChainId, toNodeId} from '../../protocol/bytes.ts';
import {type Genesis, parseGenesis} from '../../protocol/chain/genesis.ts';
import {parseUpgrades} from '../../protocol/chain/upgrades.ts';
import type {ChainConfig} from '../../vm/config.ts';
import {createRunningChain} from '../create-running-chain.ts';
import {PluginError} from '../errors.ts';
import type {InitializeRequest, LastAcceptedResponse, Unary} from '../messages.ts';
import {type OperatorConfig, parseOperatorConfig} from '../operator-config.ts';
import type {PluginVm} from '../plugin-vm.ts';
import {lastAcceptedView} from './block-view.ts';

type Checked = {
  readonly config: ChainConfig;
  readonly genesis: Genesis;
  readonly operator: OperatorConfig;
};

/** Everything that can be wrong before the database is touched. @throws SessionError */
function check(request: InitializeRequest): Checked {
  const {networkId, chainId, nodeId, genesisBytes, upgradeBytes, configBytes} = request;
  toNodeId(nodeId);
  if (request.dbServerAddr === '') {
    throw new PluginError('PLUGIN_BAD_REQUEST', {field: 'db_server_addr'});
  }
  const genesis = parseGenesis(genesisBytes);
  const operator = parseOperatorConfig(configBytes);
  const {rules, timeMs} = genesis;
  const config = {
    networkId,
    chainId: toChainId(chainId),
    rules,
    upgrades: parseUpgrades(upgradeBytes, genesis),
    genesisTimeMs: timeMs,
  };
  return {config, genesis, operator};
}

/**
 * `VM.Initialize`: opens or begins the chain. A failure leaves the process as it was, so that the
 * node can still call Shutdown.
 */
export function initialize(vm: PluginVm): Unary<InitializeRequest, LastAcceptedResponse> {
  return (request) =>
    vm.queue.run(async () => {
      vm.assertNotRunning();
      const checked = check(request);
      const {genesisBytes, nodeId, dbServerAddr, serverAddr} = request;
      await initCrypto();
      const running = await createRunningChain(vm, {
        ...checked,
        nodeId: toNodeId(nodeId),
        genesisBytes,
        databaseAddress: dbServerAddr,
        servicesAddress: serverAddr,
      });
      vm.start(running);
      return lastAcceptedView(running);
    });
}
