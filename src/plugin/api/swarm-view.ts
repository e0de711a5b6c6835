import {nodeIdToString} from '../../crypto/ids.ts';
import type {SwarmInfo} from '../../protocol/api.ts';
import {SEAT} from '../../protocol/chain/state-records.ts';
import {acknowledgingGroups} from '../../vm/acknowledge.ts';
import {getSwarmEpoch} from '../../vm/state/duties.ts';
import type {MerkleMap} from '../../vm/state/merkle-map.ts';
import {swarmMembers} from '../../vm/state/seats.ts';
import {getServiceNode} from '../../vm/state/service-nodes.ts';
import {getEpochState} from '../../vm/state/singletons.ts';
import {getSwarmHistory} from '../../vm/state/swarm-histories.ts';
import {hex} from './hex.ts';
import {storedSetView} from './views.ts';

export function numSwarms(state: MerkleMap): number {
  return 2 ** getEpochState(state).swarmExponent;
}

export function swarmView(state: MerkleMap, swarmId: number): SwarmInfo {
  const members = [...swarmMembers(state, swarmId)];
  const serving = members.filter((id) => getServiceNode(state, id)?.seat === SEAT.serving);
  const {epoch, answersAfter} = getEpochState(state);
  const record = getSwarmEpoch(state, {epoch, swarmId});
  const w = record?.w;
  const {restartedAt, unservedSince} = getSwarmHistory(state, swarmId);
  const isFixed = record !== undefined && answersAfter !== undefined;
  return {
    swarmId,
    members: members.map(nodeIdToString),
    serving: serving.length,
    w: w === undefined ? null : {...storedSetView(w.set), c: hex(w.c)},
    hasMajority: isFixed ? w !== undefined : null,
    acknowledge: acknowledgingGroups(state, swarmId).map((group) => group.map(nodeIdToString)),
    restartedAt: restartedAt?.toString() ?? null,
    unservedSince: unservedSince?.toString() ?? null,
  };
}
