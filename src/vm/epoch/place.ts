import {compareBytes} from '../../protocol/bytes.ts';
import {SEAT, STATUS} from '../../protocol/chain/state-records.ts';
import {placeNodes} from '../../swarm/placement.ts';
import {isLeaving, isReturning} from '../node-duties.ts';
import {leavingRecords} from '../state/node-notes.ts';
import {giveSeat, seatedBySwarm} from './seats.ts';
import {type Entry, requireEntry, type Transition} from './transition.ts';

function isCandidate({ended}: Transition, {node}: Entry): boolean {
  if (node.seat !== SEAT.none || node.registeredEpoch >= ended.epoch) return false;
  return node.status === STATUS.active || isReturning(node);
}

const isOnItsWay = (t: Transition, {nodeId, node}: Entry): boolean =>
  isLeaving(node, leavingRecords.get(t.state, nodeId));

/** Leaving members that nobody follows yet, those first whose clock ends first. */
function withoutSuccessor(t: Transition, members: readonly Entry[]): Entry[] {
  return members
    .filter((entry) => isOnItsWay(t, entry))
    .filter(({nodeId}) => leavingRecords.get(t.state, nodeId).successor === undefined)
    .sort(
      (a, b) =>
        Number(a.node.retiresAtTransition - b.node.retiresAtTransition) ||
        compareBytes(a.nodeId, b.nodeId),
    );
}

/** Gives seats to nodes registered before the epoch that drew the mix. SPEC.md §6.4. */
export function placeCandidates(t: Transition, swarmExponent: number): void {
  if (!t.ended.drawn) return;
  const candidates = t.entries.filter((entry) => isCandidate(t, entry));
  if (candidates.length === 0) return;
  const swarms = seatedBySwarm(t);
  const seated = [...swarms.values()].flat().map((entry) => {
    const {swarmId, owner} = entry.node;
    return {swarmId, owner, leaving: isOnItsWay(t, entry)};
  });
  const placements = placeNodes({
    mix: t.ended.mix,
    swarmExponent,
    seatsPerEpoch: t.rules.seatsPerEpoch,
    seated,
    candidates: candidates.map(({nodeId, node}) => ({nodeId, owner: node.owner})),
  });
  const waiting = new Map<number, Entry[]>();
  for (const {nodeId, swarmId} of placements) {
    giveSeat(t, requireEntry(t, nodeId), swarmId);
    const leavers = waiting.get(swarmId) ?? withoutSuccessor(t, swarms.get(swarmId) ?? []);
    waiting.set(swarmId, leavers);
    const followed = leavers.shift();
    if (followed === undefined) continue;
    const record = leavingRecords.get(t.state, followed.nodeId);
    leavingRecords.put(t.state, followed.nodeId, {...record, successor: nodeId});
  }
}
