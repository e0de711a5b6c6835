import {LEAVING_TRANSITIONS} from './stake-txs.ts';
import {BY_MISSES, DECOMMISSIONING, type Node} from './state.ts';
import {reach, type World} from './world.ts';

const LAST_MISS = 100;

/** What one miss took. */
export type Payment = {readonly burned: bigint; readonly paidByCredit: boolean};

/** A miss is paid by credit, else by stake; the hundredth ends the term. SPEC.md §7.9. */
export function payMiss(world: World, node: Node, transition: number): Payment {
  if (node.credit > 0) {
    reach(world, 'R57');
    node.credit -= 1;
    return {burned: 0n, paidByCredit: true};
  }
  reach(world, 'R58');
  const {principal} = node;
  const m = BigInt(node.misses);
  const due = (principal * (m + 1n)) / 200n - (principal * m) / 200n;
  const burned = due < node.stake ? due : node.stake;
  node.stake -= burned;
  node.misses += 1;
  world.state.burnedByMisses += burned;
  if (node.misses === LAST_MISS) {
    reach(world, 'R59');
    node.status = DECOMMISSIONING;
    node.leaving = BY_MISSES;
    node.retiresAtTransition = transition + LEAVING_TRANSITIONS;
    node.queuedAt = undefined;
  }
  return {burned, paidByCredit: false};
}
