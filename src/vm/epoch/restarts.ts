import {SEAT} from '../../protocol/chain/state-records.ts';
import {hasDuties, isServing} from '../node-duties.ts';
import {maintenanceRecords} from '../state/node-notes.ts';
import {getSwarmHistory, putSwarmHistory} from '../state/swarm-histories.ts';
import {seatedBySwarm} from './seats.ts';
import {type Entry, findEntry, type Transition} from './transition.ts';

/** Serving members that are in maintenance in the ended epoch: they have no Duty in it. */
function servingInMaintenance(t: Transition): Entry[] {
  return Array.from(maintenanceRecords.entries(t.state)).flatMap(([nodeId, {spent}]) => {
    if (spent.at(-1) !== t.ended.transitions) return [];
    const entry = findEntry(t, nodeId);
    return entry?.node.seat === SEAT.serving ? [entry] : [];
  });
}

/**
 * Swarms that had a serving member when the ended epoch began: whoever was convicted since has no
 * duties any more, but had them. Before anything is judged. SPEC.md §6.9.
 */
export function servedSwarms(t: Transition): ReadonlySet<number> {
  const onDuty = [...t.swarms].filter(([, {dutyCount}]) => dutyCount > 0);
  const away = servingInMaintenance(t);
  return new Set([...onDuty.map(([swarmId]) => swarmId), ...away.map(({node}) => node.swarmId)]);
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
 * @param before swarms served when the ended epoch began
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
