import {idToString} from '../../../crypto/ids.ts';
import type {HealthInfo} from '../../../protocol/api-health.ts';
import {burnedTotal, getEpochState, getTotals} from '../../../vm/state/singletons.ts';
import type {ApiContext} from '../../api-context.ts';
import {hex} from '../hex.ts';
import type {Method} from '../method.ts';
import {summaryOf} from '../summary.ts';

/** Also what the node's health check and `/health` show. */
export function healthOf(context: ApiContext): HealthInfo {
  const {chain, mempool, version, vmState, databaseState} = context;
  const {block, map} = chain.lastAccepted;
  const summary = summaryOf(map);
  const totals = getTotals(map);
  const epoch = getEpochState(map);
  const database = databaseState();
  return {
    healthy: database === 'ok' && summary.conservation,
    version,
    state: vmState(),
    lastAccepted: idToString(block.id),
    height: block.height.toString(),
    stateRoot: hex(block.stateRoot),
    epoch: epoch.epoch.toString(),
    nodesActive: summary.nodesActive,
    nodesDecommissioning: summary.nodesDecommissioning,
    swarms: 2 ** epoch.swarmExponent,
    swarmsWithoutMajority: summary.swarmsWithoutMajority,
    totalBonded: totals.totalBonded.toString(),
    burned: burnedTotal(totals).toString(),
    mempool: mempool.size,
    conservation: summary.conservation,
    database,
    stateSync: context.stateSyncInfo(),
  };
}

export const health: Method<'health'> = {params: [], call: healthOf};
