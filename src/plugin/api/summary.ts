import {ACCOUNT_PREFIX} from '../../protocol/chain/state-keys.ts';
import {Account, STATUS} from '../../protocol/chain/state-records.ts';
import {decode} from '../../protocol/codec.ts';
import {swarmEpochs} from '../../vm/state/duties.ts';
import type {MerkleMap} from '../../vm/state/merkle-map.ts';
import {serviceNodes} from '../../vm/state/service-nodes.ts';
import {burnedTotal, getEpochState, getTotals} from '../../vm/state/singletons.ts';

/** Sums that need a walk over the state; walked once per state. */
export type StateSummary = {
  readonly balances: bigint;
  readonly nodesActive: number;
  readonly nodesDecommissioning: number;
  readonly swarmsWithoutMajority: number;
  /** Whether everything adds up to the supply of genesis. */
  readonly conservation: boolean;
};

const cache = new WeakMap<MerkleMap, StateSummary>();

function sumBalances(state: MerkleMap): bigint {
  let sum = 0n;
  for (const [, value] of state.entries(ACCOUNT_PREFIX)) sum += decode(Account, value).balance;
  return sum;
}

function countWithoutMajority(state: MerkleMap): number {
  const {epoch, answersAfter} = getEpochState(state);
  if (answersAfter === undefined) return 0;
  let count = 0;
  for (const [, {w}] of swarmEpochs(state, epoch)) if (w === undefined) count += 1;
  return count;
}

function walk(state: MerkleMap): StateSummary {
  let [nodesActive, nodesDecommissioning, bonded, unbonding] = [0, 0, 0n, 0n];
  for (const [, {status, stake}] of serviceNodes(state)) {
    if (status === STATUS.active) nodesActive += 1;
    if (status === STATUS.decommissioning) nodesDecommissioning += 1;
    if (status === STATUS.retired) unbonding += stake;
    else bonded += stake;
  }
  const balances = sumBalances(state);
  const totals = getTotals(state);
  const held = balances + bonded + unbonding + totals.treasury + burnedTotal(totals);
  const agrees = bonded === totals.totalBonded && unbonding === totals.unbonding;
  return {
    balances,
    nodesActive,
    nodesDecommissioning,
    swarmsWithoutMajority: countWithoutMajority(state),
    conservation: agrees && held === totals.supply,
  };
}

export function summaryOf(state: MerkleMap): StateSummary {
  const known = cache.get(state);
  if (known !== undefined) return known;
  const summary = walk(state);
  cache.set(state, summary);
  return summary;
}
