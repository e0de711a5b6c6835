import {idToString, nodeIdToString} from '../../../crypto/ids.ts';
import type {DutiesInfo, DutyRecord} from '../../../protocol/api.ts';
import {compareBytes} from '../../../protocol/bytes.ts';
import type {SwarmInEpoch} from '../../../protocol/chain/state-keys.ts';
import {
  type Answer,
  type Commitment,
  type Duty,
  SEAT,
  STATUS,
} from '../../../protocol/chain/state-records.ts';
import {keepsDuties} from '../../../vm/node-duties.ts';
import {getDuty, getSwarmEpoch, swarmTallies} from '../../../vm/state/duties.ts';
import type {MerkleMap} from '../../../vm/state/merkle-map.ts';
import {swarmMembers} from '../../../vm/state/seats.ts';
import {getServiceNode} from '../../../vm/state/service-nodes.ts';
import {dutyContextOf} from '../duty-context.ts';
import {hex} from '../hex.ts';
import type {Method} from '../method.ts';
import {nodeIdParam} from '../params.ts';
import {type EpochPosition, epochPosition} from '../phase-view.ts';
import {instant, storedSetView} from '../views.ts';

const NOTHING_ACCEPTED: DutiesInfo['accepted'] = {roundA: null, roundB: null, answer: null};
const STATUS_NAMES = Object.keys(STATUS) as (keyof typeof STATUS)[];

function commitmentRecord(commitment: Commitment | undefined): DutyRecord | null {
  if (commitment === undefined) return null;
  return {txId: idToString(commitment.txId), c: hex(commitment.c)};
}

function answerRecord(answer: Answer | undefined): DutyRecord | null {
  return answer === undefined ? null : {txId: idToString(answer.txId), answer: hex(answer.answer)};
}

function acceptedView({roundA, roundB, answer}: Duty): DutiesInfo['accepted'] {
  return {
    roundA: commitmentRecord(roundA),
    roundB: commitmentRecord(roundB),
    answer: answerRecord(answer),
  };
}

/** Groups of round A: most commitments first, then the smaller C. */
function roundAGroups(state: MerkleMap, at: SwarmInEpoch): DutiesInfo['roundA'] {
  return [...swarmTallies(state, at)]
    .filter(([, {roundA}]) => roundA > 0)
    .sort(([a, one], [b, other]) => other.roundA - one.roundA || compareBytes(a, b))
    .map(([c, {set, roundA}]) => ({...storedSetView(set), c: hex(c), count: roundA}));
}

function wView(state: MerkleMap, at: SwarmInEpoch, {epoch}: EpochPosition): Pick<DutiesInfo, 'w'> {
  if (epoch.answersAfter === undefined) return {};
  const w = getSwarmEpoch(state, at)?.w;
  return {w: w === undefined ? null : {...storedSetView(w.set), c: hex(w.c)}};
}

/** All that a node needs to know for its next duty, by accepted state. */
export const getDuties: Method<'getDuties'> = {
  params: ['nodeId'],
  call({chain}, params) {
    const nodeId = nodeIdParam(params, 'nodeId');
    const {map, block} = chain.lastAccepted;
    const position = epochPosition(chain.config, chain.lastAccepted);
    const {epoch, times, phase, phaseEnd} = position;
    const node = getServiceNode(map, nodeId);
    const isSeated = node !== undefined && node.seat !== SEAT.none;
    const at = isSeated ? {epoch: epoch.epoch, swarmId: node.swarmId} : undefined;
    const duty = at === undefined ? undefined : getDuty(map, at, nodeId);
    const running = {state: map, running: epoch};
    const isDue = duty !== undefined && isSeated && keepsDuties(running, nodeId, node);
    return {
      nodeId: nodeIdToString(nodeId),
      registered: node !== undefined,
      status: node === undefined ? null : (STATUS_NAMES[node.status] ?? null),
      hasDuties: isDue,
      epoch: epoch.epoch.toString(),
      phase,
      phaseEndMs: instant(phaseEnd),
      epochEndMs: instant(times.end),
      cutOffMs: instant(times.cutOff),
      blockTimeMs: instant(block.timestamp),
      height: block.height.toString(),
      swarmId: at === undefined ? null : at.swarmId,
      members: at === undefined ? [] : [...swarmMembers(map, at.swarmId)].map(nodeIdToString),
      swarmExponent: epoch.swarmExponent,
      joining: node?.seat === SEAT.joining,
      ...dutyContextOf(map, nodeId),
      hashChainTip: node === undefined ? null : hex(node.hashChainTip),
      roundA: at === undefined ? [] : roundAGroups(map, at),
      ...(at === undefined ? {} : wView(map, at, position)),
      mix: epoch.drawn ? hex(epoch.mix) : null,
      accepted: duty === undefined ? NOTHING_ACCEPTED : acceptedView(duty),
    };
  },
};
