import {ZERO_32} from './hex.ts';
import {type Payment, payMiss} from './penalties.ts';
import {dutiesOf, isJoining, isReturning, keepsDuties, majorityOf, nodeOf} from './queries.ts';
import type {Rules} from './rules.ts';
import {LEAVING_TRANSITIONS} from './stake-txs.ts';
import {
  ACTIVE,
  BY_JOIN_TIMEOUT,
  DECOMMISSIONING,
  type Duty,
  MISS,
  type Node,
  PASS,
  SERVING,
  UNJUDGED,
} from './state.ts';
import type {Verdict} from './verdicts.ts';
import {type Judgement, reach, type World} from './world.ts';

const FREE: Payment = {burned: 0n, paidByCredit: false};
const JOIN_EPOCHS = 6;

function bookMiss(world: World, {node, duty, reasons}: Verdict, transition: number): Payment {
  node.lastVerdict = MISS;
  node.lastMissReasons = reasons;
  node.lastMissEpoch = duty.epoch;
  if (!isJoining(node)) node.judged.push(false);
  if (!isReturning(node)) return payMiss(world, node, transition);
  reach(world, 'R60');
  return FREE;
}

function growCredit(world: World, {node, duty}: Verdict, rules: Rules): void {
  const {growEvery, cap} = rules.credit;
  if (growEvery === 0 || node.credit >= cap) return;
  reach(world, 'R62');
  duty.before = {credit: node.credit, creditProgress: node.creditProgress};
  node.creditProgress += 1;
  if (node.creditProgress < growEvery) return;
  node.credit += 1;
  node.creditProgress = 0;
}

function beginTerm(world: World, node: Node): void {
  reach(world, 'R63');
  node.status = ACTIVE;
  node.principal = node.stake;
  node.misses = 0;
  node.credit = 0;
  node.creditProgress = 0;
  node.successor = undefined;
  node.queuedAt = undefined;
}

function bookPass(world: World, verdict: Verdict, rules: Rules): void {
  const {node} = verdict;
  if (isJoining(node)) {
    reach(world, 'R61');
    node.lastVerdict = UNJUDGED;
  } else {
    node.lastVerdict = PASS;
    node.judged.push(true);
  }
  if (isReturning(node)) beginTerm(world, node);
  else if (!isJoining(node)) growCredit(world, verdict, rules);
}

/** Step 4: what each verdict costs or gives. SPEC.md §7.9. */
export function bookVerdicts(
  world: World,
  verdicts: readonly Verdict[],
  {rules, transition}: {readonly rules: Rules; readonly transition: number},
): Judgement[] {
  return verdicts.map((it): Judgement => {
    let payment = FREE;
    if (it.verdict === UNJUDGED) {
      reach(world, 'R56');
      it.node.lastVerdict = UNJUDGED;
    } else if (it.verdict === MISS) {
      payment = bookMiss(world, it, transition);
    } else {
      bookPass(world, it, rules);
    }
    const {nodeId, epoch} = it.duty;
    const {verdict, reasons, excused} = it;
    return {nodeId, epoch, verdict, reasons, excused, ...payment};
  });
}

function timeOut(world: World, node: Node, transition: number): void {
  reach(world, 'R66');
  const clock = transition + LEAVING_TRANSITIONS;
  const keepsClock = isReturning(node) && node.retiresAtTransition < clock;
  node.status = DECOMMISSIONING;
  node.leaving = BY_JOIN_TIMEOUT;
  if (!keepsClock) node.retiresAtTransition = clock;
  node.queuedAt = undefined;
}

function promote(world: World, duty: Duty, transition: number): void {
  const node = nodeOf(world.state, duty.nodeId);
  if ((duty.answer?.answer ?? ZERO_32) !== ZERO_32) {
    reach(world, 'R64');
    node.seat = SERVING;
    node.joiningEpochs = 0;
    return;
  }
  if (!world.state.answersClosed) return;
  reach(world, 'R65');
  node.joiningEpochs = Math.min(255, node.joiningEpochs + 1);
  if (node.joiningEpochs >= JOIN_EPOCHS) timeOut(world, node, transition);
}

/** The second half of step 4: joining members that answered W, or did not. SPEC.md §7.10. */
export function promoteJoining(world: World, transition: number): void {
  const {state} = world;
  for (const duty of dutiesOf(state, state.epoch)) {
    const node = nodeOf(state, duty.nodeId);
    const hasW = majorityOf(state, duty.epoch, duty.swarmId) !== undefined;
    if (isJoining(node) && keepsDuties(node, state) && hasW) promote(world, duty, transition);
  }
}
