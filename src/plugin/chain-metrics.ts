import {burnedTotal, getEpochState, getTotals} from '../vm/state/singletons.ts';
import type {MetricFamily} from './messages.ts';
import {counter, gauge} from './metrics.ts';
import type {RunningChain} from './running-chain.ts';

/** The `session_*` families: amounts in base units, by the last accepted block. */
export function chainMetrics({chain, mempool, ...running}: RunningChain): MetricFamily[] {
  const {databaseState, metrics, peerMetrics, peers, sync} = running;
  const {block, map} = chain.lastAccepted;
  const totals = getTotals(map);
  const {epoch, swarmExponent} = getEpochState(map);
  return [
    gauge('session_height', 'Height of the last accepted block', Number(block.height)),
    gauge(
      'session_block_timestamp_seconds',
      'Time of the last accepted block, Unix seconds',
      Number(block.timestamp) / 1000,
    ),
    gauge('session_epoch', 'Running epoch', Number(epoch)),
    gauge('session_nodes', 'Registered service nodes', totals.nodeCount),
    gauge('session_swarms', 'Swarms', 2 ** swarmExponent),
    gauge('session_total_bonded', 'Bonded stake in base units', Number(totals.totalBonded)),
    counter('session_burned_total', 'Burned base units', Number(burnedTotal(totals))),
    gauge('session_mempool_txs', 'Transactions that wait for a block', mempool.size),
    gauge('session_processing_blocks', 'Verified blocks without a decision', chain.processingCount),
    gauge(
      'session_database_failed',
      '1 after a failed write or read: nothing is accepted any more',
      databaseState() === 'ok' ? 0 : 1,
    ),
    gauge('session_peers', 'Connected nodes of this chain', peers.size),
    ...metrics.families(),
    ...peerMetrics.families(),
    ...sync.progress.families(),
  ];
}
