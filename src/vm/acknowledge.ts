import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import {splitHalves} from '../swarm/halves.ts';
import {hasDuties, isServing} from './node-duties.ts';
import {getSeat, swarmMembers} from './state/seats.ts';
import {getServiceNode} from './state/service-nodes.ts';
import {getEpochState} from './state/singletons.ts';
import {getSwarmHistory} from './state/swarm-histories.ts';
import type {StateReader} from './state/view.ts';

type Groups = readonly (readonly NodeId[])[];

/**
 * Those who came by a merge and the others, until more than half of the former have answered W. Who has
 * lost its duties is in neither: a majority of the few that are left must not hang on it. That of all
 * members, which a write needs anyway, is one of seats.
 */
function sidesOfMerge(state: StateReader, swarmId: number, members: readonly NodeId[]): Groups {
  const {mergedAt} = getSwarmHistory(state, swarmId);
  if (mergedAt === undefined) return [];
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
  return isOver ? [] : [others, newcomers];
}

/** A group that a swarm's members will be by themselves: as a whole, and each side of a merge within it. */
function withSides(group: readonly NodeId[], sides: Groups): Groups {
  const names = new Set(group.map(bytesToKey));
  return [group, ...sides.map((side) => side.filter((nodeId) => names.has(bytesToKey(nodeId))))];
}

/**
 * Groups of nodes of which each must acknowledge a write by its majority: the swarm, or the members of
 * both old swarms after a merge; while a change is announced, both of its future halves, or it and its
 * sibling, and within each the sides of an unfinished merge. SPEC.md §6.7.
 */
export function acknowledgingGroups(state: StateReader, swarmId: number): Groups {
  const {swarmExponent, nextSwarmExponent, drawn, mix, previousMix} = getEpochState(state);
  const members = [...swarmMembers(state, swarmId)];
  const sides = sidesOfMerge(state, swarmId, members);
  let groups: Groups;
  if (nextSwarmExponent === undefined) groups = sides.length > 0 ? sides : [members];
  else if (nextSwarmExponent > swarmExponent) {
    const halves = splitHalves(drawn ? previousMix : mix, members);
    groups = halves.flatMap((half) => withSides(half, sides));
  } else {
    const siblingId = swarmId ^ (2 ** nextSwarmExponent);
    const sibling = [...swarmMembers(state, siblingId)];
    const siblingSides = sidesOfMerge(state, siblingId, sibling);
    groups = [...withSides(members, sides), ...withSides(sibling, siblingSides)];
  }
  return groups.filter(({length}) => length > 0);
}
