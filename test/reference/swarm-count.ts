import {tagged} from './hash.ts';
import {compareHex, type Hex} from './hex.ts';
import {hasSeat, membersOf, swarmCount} from './queries.ts';
import type {Rules} from './rules.ts';
import {JOINING, pastOf} from './state.ts';
import {reach, type World} from './world.ts';

const MANY = 16;
const FEW = 6;
const MAX_EXPONENT = 12;

/** Every swarm gives the odd half of its seats to its new sibling. */
function split(world: World, mixAtStart: Hex): void {
  reach(world, 'R25');
  const {state} = world;
  const count = swarmCount(state);
  for (let swarmId = 0; swarmId < count; swarmId++) {
    const order = membersOf(state, swarmId)
      .map(([nodeId, node]) => ({node, rank: tagged('halves', mixAtStart + nodeId)}))
      .sort((a, b) => compareHex(a.rank, b.rank));
    for (const [i, {node}] of order.entries()) {
      if (i % 2 === 1) node.swarmId = swarmId + count;
    }
  }
}

/** The upper half of the swarms moves into the lower one. */
function merge(world: World, epoch: number): void {
  reach(world, 'R26');
  const {state} = world;
  const half = swarmCount(state) / 2;
  for (const node of state.nodes.values()) {
    if (!hasSeat(node) || node.swarmId < half) continue;
    node.swarmId -= half;
    node.seat = JOINING;
    node.since = epoch;
    node.joiningEpochs = 0;
    state.swarms.set(node.swarmId, {...pastOf(state, node.swarmId), mergedAt: epoch});
  }
  for (const swarmId of state.swarms.keys()) {
    if (swarmId >= half) state.swarms.delete(swarmId);
  }
}

/** N serving members that counted in the epoch that ended. SPEC.md §6.7, *Count*. */
function count(world: World, n: number, rules: Rules): void {
  reach(world, 'R27');
  const {state} = world;
  const k = state.swarmExponent;
  if (n > 0) {
    const grows = n >= MANY * 2 ** k;
    const shrinks = !grows && n < FEW * 2 ** k && k > 0;
    state.growStreak = grows ? Math.min(255, state.growStreak + 1) : 0;
    state.shrinkStreak = shrinks ? Math.min(255, state.shrinkStreak + 1) : 0;
  }
  if (state.growStreak >= rules.swarmHysteresis && k < MAX_EXPONENT) {
    state.nextSwarmExponent = k + 1;
  } else if (state.shrinkStreak >= rules.swarmHysteresis) {
    state.nextSwarmExponent = k - 1;
  } else {
    return;
  }
  reach(world, 'R28');
  state.growStreak = 0;
  state.shrinkStreak = 0;
}

export type SwarmCountInput = {
  /** The epoch that begins. */
  readonly epoch: number;
  /** Mix as it was when the ended epoch began. */
  readonly mixAtStart: Hex;
  /** N */
  readonly countedServing: number;
  readonly rules: Rules;
};

/** Step 6. */
export function changeSwarmCount(world: World, input: SwarmCountInput): void {
  const {state} = world;
  const next = state.nextSwarmExponent;
  if (next === undefined) {
    count(world, input.countedServing, input.rules);
    return;
  }
  if (next > state.swarmExponent) split(world, input.mixAtStart);
  else merge(world, input.epoch);
  state.swarmExponent = next;
  state.nextSwarmExponent = undefined;
}
