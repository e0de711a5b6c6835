import {SEAT} from '../../protocol/chain/state-records.ts';
import {hasDuties, isServing} from '../node-duties.ts';
import {getSwarmHistory, putSwarmHistory} from '../state/swarm-histories.ts';
import {seatedBySwarm} from './seats.ts';
import type {Entry, Transition} from './transition.ts';

/** Swarms that have a serving member. */
export function servedSwarms(t: Transition): ReadonlySet<number> {
  const served = t.entries.filter(({node}) => isServing(node)).map(({node}) => node.swarmId);
  return new Set(served);
}

/** Swarms as they are now that had a serving member before; of a merge, either of the two. */
function servedBefore(before: ReadonlySet<number>, count: number): ReadonlySet<number> {
  return new Set([...before].map((swarmId) => swarmId % count));
}

function serveAtOnce(members: readonly Entry[]): void {
  for (const entry of members) {
    entry.node = {...entry.node, seat: SEAT.serving, joiningEpochs: 0};
  }
}

/**
 * Where nobody is left who answered W, whoever sits there serves at once; a swarm that was served
 * before is noted as restarted. SPEC.md §6.9.
 * @param before swarms served before anything was judged
 */
export function restartSwarms(
  t: Transition,
  before: ReadonlySet<number>,
  swarmExponent: number,
): void {
  const {state, nextEpoch} = t;
  const count = 2 ** swarmExponent;
  const served = servedBefore(before, count);
  const withDuties = new Set<number>();
  for (const [swarmId, seated] of seatedBySwarm(t)) {
    const members = seated.filter(({node}) => hasDuties(node));
    if (members.length === 0) continue;
    withDuties.add(swarmId);
    const history = getSwarmHistory(state, swarmId);
    if (members.some(({node}) => isServing(node))) {
      // One that had served came back with what it holds: that is no restart.
      if (history.unservedSince === undefined) continue;
      putSwarmHistory(state, swarmId, {...history, unservedSince: undefined});
      continue;
    }
    serveAtOnce(members);
    if (!served.has(swarmId) && history.unservedSince === undefined) continue;
    putSwarmHistory(state, swarmId, {
      ...history,
      unservedSince: undefined,
      restartedAt: nextEpoch,
    });
  }
  for (const swarmId of [...served].sort((a, b) => a - b)) {
    if (withDuties.has(swarmId)) continue;
    const history = getSwarmHistory(state, swarmId);
    putSwarmHistory(state, swarmId, {...history, unservedSince: nextEpoch});
  }
}
