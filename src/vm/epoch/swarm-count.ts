import {MAX_SWARM_EXPONENT, MERGE_MEAN, SPLIT_MEAN} from '../../protocol/chain/limits.ts';
import type {EpochState} from '../../protocol/chain/state-records.ts';
import {splitHalves} from '../../swarm/halves.ts';
import {isServing} from '../node-duties.ts';
import {seatedBefore} from '../state/seats.ts';
import {
  dropSwarmHistoriesFrom,
  getSwarmHistory,
  putSwarmHistory,
} from '../state/swarm-histories.ts';
import {freeSeat, giveSeat, moveSeat, seatedBySwarm} from './seats.ts';
import {requireEntry, type Transition} from './transition.ts';

/** k, an announced k, and how long the mean has been too high or too low. */
export type SwarmCount = Pick<
  EpochState,
  'swarmExponent' | 'nextSwarmExponent' | 'growStreak' | 'shrinkStreak'
>;

/** Serving members that held their seat before the ended epoch began. SPEC.md §6.6. */
export function countServing(t: Transition): number {
  const {state, ended} = t;
  let count = 0;
  for (const nodeId of seatedBefore(state, ended.epoch)) {
    if (isServing(requireEntry(t, nodeId).node)) count += 1;
  }
  return count;
}

function split(t: Transition, exponent: number): void {
  for (const [swarmId, members] of seatedBySwarm(t)) {
    const ids = members.map(({nodeId}) => nodeId);
    const [, second] = splitHalves(t.startMix, ids);
    for (const nodeId of second) moveSeat(t, requireEntry(t, nodeId), swarmId + 2 ** exponent);
  }
}

function merge(t: Transition, exponent: number): void {
  const half = 2 ** (exponent - 1);
  for (const [swarmId, members] of seatedBySwarm(t)) {
    if (swarmId < half) continue;
    for (const entry of members) {
      freeSeat(t, entry);
      giveSeat(t, entry, swarmId - half);
    }
    const history = getSwarmHistory(t.state, swarmId - half);
    putSwarmHistory(t.state, swarmId - half, {...history, mergedAt: t.nextEpoch});
  }
}

function change(t: Transition, exponent: number, next: number): SwarmCount {
  if (next > exponent) split(t, exponent);
  else merge(t, exponent);
  dropSwarmHistoriesFrom(t.state, 2 ** next);
  return {swarmExponent: next, nextSwarmExponent: undefined, growStreak: 0, shrinkStreak: 0};
}

/** Streaks after an epoch in which so many served. */
function streaks({growStreak, shrinkStreak, swarmExponent}: EpochState, serving: number) {
  const swarms = 2 ** swarmExponent;
  if (serving === 0) return {growStreak, shrinkStreak};
  if (serving >= SPLIT_MEAN * swarms) return {growStreak: growStreak + 1, shrinkStreak: 0};
  if (serving < MERGE_MEAN * swarms && swarmExponent > 0) {
    return {growStreak: 0, shrinkStreak: shrinkStreak + 1};
  }
  return {growStreak: 0, shrinkStreak: 0};
}

function announced(exponent: number, counted: ReturnType<typeof streaks>, hysteresis: number) {
  if (counted.growStreak >= hysteresis && exponent < MAX_SWARM_EXPONENT) return exponent + 1;
  if (counted.shrinkStreak >= hysteresis) return exponent - 1;
  return undefined;
}

const MAX_U8 = 0xff;

/**
 * An announced change takes effect; otherwise the ended epoch counts, and a change may be announced.
 * @param serving as countServing gave it before anything was judged. SPEC.md §6.7.
 */
export function turnSwarmCount(t: Transition, serving: number): SwarmCount {
  const {swarmExponent, nextSwarmExponent} = t.ended;
  if (nextSwarmExponent !== undefined) return change(t, swarmExponent, nextSwarmExponent);
  const counted = streaks(t.ended, serving);
  const next = announced(swarmExponent, counted, t.rules.swarmHysteresis);
  if (next !== undefined) {
    return {swarmExponent, nextSwarmExponent: next, growStreak: 0, shrinkStreak: 0};
  }
  return {
    swarmExponent,
    nextSwarmExponent: undefined,
    growStreak: Math.min(MAX_U8, counted.growStreak),
    shrinkStreak: Math.min(MAX_U8, counted.shrinkStreak),
  };
}
