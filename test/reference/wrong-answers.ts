import {bitAt} from './hex.ts';
import {payMiss} from './penalties.ts';
import {dutyOf, endedOn, isByWish, previousEpoch, swarmDuties} from './queries.ts';
import {
  ACTIVE,
  DECOMMISSIONING,
  type Duty,
  type Majority,
  MISS,
  type Node,
  PASS,
  type State,
} from './state.ts';
import {type Judgement, reach, type World} from './world.ts';

const WRONG_ANSWER = 4;
const MIN_DISSENTERS = 2;

function dissents(state: State, voter: Duty, member: number): boolean {
  const now = dutyOf(state, state.epoch, voter.nodeId);
  if (now?.roundA === undefined) return false;
  return bitAt(now.dissent, member) === true;
}

function mayFail(duty: Duty, node: Node): boolean {
  if (duty.joining || duty.answer === undefined) return false;
  return node.lastVerdict === PASS && (node.status === ACTIVE || isByWish(node));
}

/** Members of a swarm whose answer the others doubt. */
function failing(state: State, w: Majority): [Duty, Node][] {
  const members = swarmDuties(state, w.epoch, w.swarmId);
  const voters = members.filter((duty) => !duty.joining && endedOn(duty) === w.c);
  return members.flatMap((duty, i): [Duty, Node][] => {
    const node = state.nodes.get(duty.nodeId);
    if (node === undefined || !mayFail(duty, node)) return [];
    const others = voters.filter(({nodeId}) => nodeId !== duty.nodeId);
    const against = others.filter((voter) => dissents(state, voter, i)).length;
    const isWrong = against >= MIN_DISSENTERS && 2 * against > others.length;
    return isWrong ? [[duty, node]] : [];
  });
}

/** Step 1: possession of the epoch before the one that ended. SPEC.md §7.7. */
export function judgeWrongAnswers(world: World, transition: number): Judgement[] {
  const {state} = world;
  const q = previousEpoch(state, state.epoch);
  const found = state.majorities.filter(({epoch}) => epoch === q).flatMap((w) => failing(state, w));
  const judgements = found.map(([duty, node]): Judgement => {
    reach(world, 'R53', 'R54');
    node.judged[node.judged.length - 1] = false;
    if (duty.before !== undefined) {
      node.credit = duty.before.credit;
      node.creditProgress = duty.before.creditProgress;
    }
    node.lastVerdict = MISS;
    node.lastMissReasons = WRONG_ANSWER;
    node.lastMissEpoch = duty.epoch;
    const {nodeId, epoch} = duty;
    const judgement = {nodeId, epoch, verdict: MISS, reasons: WRONG_ANSWER, excused: false};
    if (node.status === ACTIVE && node.retiresAtTransition > 0) {
      reach(world, 'R69');
      node.status = DECOMMISSIONING;
      return {...judgement, burned: 0n, paidByCredit: false};
    }
    return {...judgement, ...payMiss(world, node, transition)};
  });
  for (const node of state.nodes.values()) {
    if (node.status === ACTIVE) node.retiresAtTransition = 0;
  }
  return judgements;
}
