import type {StateSummary} from '../../protocol/chain/state-summary.ts';
import type {ChainStore} from '../chain-store.ts';
import type {ChainHistory} from '../events/chain-history.ts';
import type {OperatorConfig} from '../operator-config.ts';
import type {PluginVm} from '../plugin-vm.ts';
import {StateSync, type StateSyncParts} from './state-sync.ts';
import {SyncStore} from './sync-store.ts';

type SyncedParts = Pick<StateSyncParts, 'chain' | 'shelf' | 'peers' | 'requests'> & {
  readonly store: ChainStore;
  readonly history: Pick<ChainHistory, 'jump'>;
  readonly operator: OperatorConfig;
  /** How far an interrupted state sync came. */
  readonly ongoing: StateSummary | undefined;
};

/** The state sync of a chain that was just opened; old state that a switch left is removed from now on. */
export function createStateSync(
  {queue, waiter, ports: {monotonicMs, logger}}: PluginVm,
  {store, history, operator, ongoing, chain, shelf, peers, requests}: SyncedParts,
): StateSync {
  const init = {
    chain,
    shelf,
    peers,
    requests,
    store: new SyncStore(store),
    queue,
    waiter,
    logger,
    monotonicMs,
    isWanted: operator.stateSync,
    minBlocks: operator.stateSyncMinBlocks,
    chainChanged() {
      history.jump(chain.lastAccepted.block.height);
      waiter.changed();
    },
  };
  const sync = new StateSync(init, ongoing);
  if (store.hasSwitched) sync.resumeClearing();
  return sync;
}
