import type {NodeId} from '../protocol/bytes.ts';
import {splitHalves} from '../swarm/halves.ts';
import {hasDuties, isServing} from './node-duties.ts';
import {getSeat, swarmMembers} from './state/seats.ts';
import {getServiceNode} from './state/service-nodes.ts';
import {getEpochState} from './state/singletons.ts';
import {getSwarmHistory} from './state/swarm-histories.ts';
import type {StateReader} from './state/view.ts';

type Groups = readonly (readonly NodeId[])[];

/**
 * Those who came by a merge, apart from the others until more than half of them have answered W. Who
 * has lost its duties is in neither: a majority of the few that are left must not hang on it. That of
 * all members, which a write needs anyway, is one of seats.
 */
function mergedGroups(state: StateReader, swarmId: number, members: readonly NodeId[]): Groups {
  const {mergedAt} = getSwarmHistory(state, swarmId);
  if (mergedAt === undefined) return [members];
  const newcomers: NodeId[] = [];
  const others: NodeId[] = [];
  let serving = 0;
  for (const nodeId of members) {
    const node = getServiceNode(state, nodeId);
    if (node === undefined || !hasDuties(node)) continue;
    const isNewcomer = getSeat(state, swarmId, nodeId)?.since === mergedAt;
    if (isNewcomer && isServing(node)) serving += 1;
    (isNewcomer ? newcomers : others).push(nodeId);
  }
  const isOver = newcomers.length === 0 || serving * 2 > newcomers.length;
  return isOver ? [members] : [others, newcomers];
}

/**
 * Groups of nodes of which each must acknowledge a write by its majority: the swarm; both of its
 * future halves, or it and its sibling, while a change is announced; the members of both old swarms
 * after a merge. SPEC.md §6.7.
 */
export function acknowledgingGroups(state: StateReader, swarmId: number): Groups {
  const {swarmExponent, nextSwarmExponent, drawn, mix, previousMix} = getEpochState(state);
  const members = [...swarmMembers(state, swarmId)];
  let groups: Groups;
  if (nextSwarmExponent === undefined) groups = mergedGroups(state, swarmId, members);
  else if (nextSwarmExponent > swarmExponent) {
    groups = splitHalves(drawn ? previousMix : mix, members);
  } else {
    const sibling = swarmId ^ (2 ** nextSwarmExponent);
    groups = [members, [...swarmMembers(state, sibling)]];
  }
  return groups.filter(({length}) => length > 0);
}
