import {burnedTotal, getTotals} from '../../../vm/state/singletons.ts';
import type {Method} from '../method.ts';
import {summaryOf} from '../summary.ts';

/** Total bonded stake and where every unit of genesis is. */
export const getStakeSummary: Method<'getStakeSummary'> = {
  params: [],
  call({chain}) {
    const {map} = chain.lastAccepted;
    const totals = getTotals(map);
    return {
      supply: totals.supply.toString(),
      totalBonded: totals.totalBonded.toString(),
      unbonding: totals.unbonding.toString(),
      burned: burnedTotal(totals).toString(),
      burnedByMisses: totals.burnedByMisses.toString(),
      burnedByFaults: totals.burnedByFaults.toString(),
      burnedFees: totals.burnedFees.toString(),
      treasury: totals.treasury.toString(),
      balances: summaryOf(map).balances.toString(),
      nodeCount: totals.nodeCount,
    };
  },
};
