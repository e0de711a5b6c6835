import {equalBytes, type NodeId} from '../protocol/bytes.ts';
import {SEAT} from '../protocol/chain/state-records.ts';
import {splitHalves} from '../swarm/halves.ts';
import {getSeat, swarmMembers} from './state/seats.ts';
import {getServiceNode} from './state/service-nodes.ts';
import {getEpochState} from './state/singletons.ts';
import {getSwarmHistory} from './state/swarm-histories.ts';
import type {StateReader} from './state/view.ts';

/** Those who came by a merge and have not answered W yet, apart from the others. */
function mergedGroups(
  state: StateReader,
  swarmId: number,
  members: readonly NodeId[],
): (readonly NodeId[])[] {
  const {mergedAt} = getSwarmHistory(state, swarmId);
  if (mergedAt === undefined) return [members];
  const newcomers = members.filter(
    (nodeId) =>
      getServiceNode(state, nodeId)?.seat === SEAT.joining &&
      getSeat(state, swarmId, nodeId)?.since === mergedAt,
  );
  const others = members.filter((nodeId) => !newcomers.some((each) => equalBytes(each, nodeId)));
  return [others, newcomers];
}

/**
 * Groups of nodes of which each must acknowledge a write by its majority: the swarm; both of its
 * future halves, or it and its sibling, while a change is announced; the members of both old swarms
 * after a merge. SPEC.md §6.7.
 */
export function acknowledgingGroups(
  state: StateReader,
  swarmId: number,
): readonly (readonly NodeId[])[] {
  const {swarmExponent, nextSwarmExponent, drawn, mix, previousMix} = getEpochState(state);
  const members = [...swarmMembers(state, swarmId)];
  let groups: readonly (readonly NodeId[])[];
  if (nextSwarmExponent === undefined) groups = mergedGroups(state, swarmId, members);
  else if (nextSwarmExponent > swarmExponent) {
    groups = splitHalves(drawn ? previousMix : mix, members);
  } else {
    const sibling = swarmId ^ (2 ** nextSwarmExponent);
    groups = [members, [...swarmMembers(state, sibling)]];
  }
  return groups.filter(({length}) => length > 0);
}
