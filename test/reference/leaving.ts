import {
  allNodes,
  hasFreeSlot,
  hasSeat,
  isByWish,
  isQueued,
  isReturning,
  isServing,
} from './queries.ts';
import type {Rules} from './rules.ts';
import {LEAVING_TRANSITIONS} from './stake-txs.ts';
import {
  ACTIVE,
  DECOMMISSIONING,
  NO_SEAT,
  NO_SWARM,
  type Node,
  RETIRED,
  type State,
} from './state.ts';
import {reach, type World} from './world.ts';

function forgetSuccessors(world: World): void {
  const {state} = world;
  for (const [, node] of allNodes(state)) {
    if (node.successor === undefined) continue;
    const successor = state.nodes.get(node.successor);
    const counts =
      successor?.status === ACTIVE &&
      hasSeat(successor) &&
      hasSeat(node) &&
      successor.swarmId === node.swarmId;
    if (counts) continue;
    reach(world, 'R29');
    node.successor = undefined;
  }
}

function freeSeat(node: Node): void {
  node.seat = NO_SEAT;
  node.swarmId = NO_SWARM;
  node.since = 0;
  node.joiningEpochs = 0;
}

function successorServes(state: State, {successor}: Node): boolean {
  const node = successor === undefined ? undefined : state.nodes.get(successor);
  return node !== undefined && isServing(node);
}

function retires(world: World, node: Node, transition: number): boolean {
  if (isByWish(node)) {
    if (!hasSeat(node)) return true;
    if (!isQueued(node) && successorServes(world.state, node)) {
      reach(world, 'R30');
      return true;
    }
  }
  if (node.retiresAtTransition === 0 || node.retiresAtTransition > transition) return false;
  reach(world, 'R31');
  return true;
}

function retire(node: Node, unbondsAt: number): void {
  freeSeat(node);
  node.status = RETIRED;
  node.unbondsAt = unbondsAt;
  node.queuedAt = undefined;
  node.successor = undefined;
}

function letGo(world: World, rules: Rules, transition: number): void {
  const unbondsAt = Math.floor(world.timestamp / 1000) + rules.unbondingSeconds;
  for (const [, node] of allNodes(world.state)) {
    if (node.status !== DECOMMISSIONING) continue;
    if (retires(world, node, transition)) {
      retire(node, unbondsAt);
      continue;
    }
    const isByPenalty = !isByWish(node) && !isReturning(node);
    if (!isByPenalty || !hasSeat(node) || !successorServes(world.state, node)) continue;
    reach(world, 'R32');
    freeSeat(node);
    node.queuedAt = undefined;
    node.successor = undefined;
  }
}

function beginQueued(world: World, transition: number): void {
  const {state} = world;
  const queued = allNodes(state).filter(([, node]) => hasSeat(node) && isQueued(node));
  queued.sort(([, a], [, b]) => (a.queuedAt ?? 0) - (b.queuedAt ?? 0));
  for (const [, node] of queued) {
    if (!hasFreeSlot(state, node, transition)) continue;
    reach(world, 'R33');
    node.retiresAtTransition = transition + LEAVING_TRANSITIONS;
    node.queuedAt = undefined;
  }
}

/** Step 7. SPEC.md §6.8. */
export function letNodesLeave(
  world: World,
  {rules, transition}: {readonly rules: Rules; readonly transition: number},
): void {
  forgetSuccessors(world);
  letGo(world, rules, transition);
  beginQueued(world, transition);
}
