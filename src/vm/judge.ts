import type {NodeId} from '../protocol/bytes.ts';
import {DECOMMISSION_EPOCHS, MAX_MISSES, MISS_DIVISOR} from '../protocol/chain/limits.ts';
import type {Rules} from '../protocol/chain/rules.ts';
import {
  type Duty,
  type EpochState,
  LEAVING,
  MISS_REASON,
  type ServiceNode,
  STATUS,
  VERDICT,
} from '../protocol/chain/state-records.ts';
import {recordVerdict} from './score.ts';

/** What one epoch of one node comes to: reasons of a miss, or whether it may count as passed. */
export type Judgement =
  | {readonly verdict: 'pass' | 'unjudged'}
  | {readonly verdict: 'miss'; readonly reasons: number};

/** What a transition decided about one node: data for indexes and events, not part of the state. */
export type NodeJudgement = {
  readonly nodeId: NodeId;
  /** The epoch that is judged: the one that ended, or for a wrong answer the one before. */
  readonly epoch: bigint;
  readonly verdict: Judgement['verdict'];
  /** Bits of MISS_REASON; 0 unless missed, or excused from a miss. */
  readonly reasons: number;
  /** Base units. */
  readonly burned: bigint;
  readonly paidByCredit: boolean;
  /** A miss that the amnesty made unjudged. */
  readonly excused: boolean;
};

type JudgedEpoch = Pick<EpochState, 'roundABlocks' | 'answersClosed'>;

/**
 * One miss per epoch, whatever failed. A proof that the halted chain could not take is unjudged,
 * and an epoch with such a proof and no miss counts neither way. Chain-rules §2, §4, §5.
 */
export function judgeDuty(duty: Duty, epoch: JudgedEpoch, rules: Rules): Judgement {
  let reasons = 0;
  let unjudged = false;
  if (duty.roundA === undefined) {
    if (epoch.roundABlocks < rules.roundAHeights) unjudged = true;
    else reasons |= MISS_REASON.noCommitment;
  }
  if (!epoch.answersClosed) unjudged = true;
  else if (duty.answer === undefined) reasons |= MISS_REASON.noAnswer;
  if (reasons !== 0) return {verdict: 'miss', reasons};
  return {verdict: unjudged ? 'unjudged' : 'pass'};
}

/** Stake that the miss after `misses` burns: P(m+1)//200 − Pm//200, never more than is left. */
export function missPenalty({principal, misses, stake}: ServiceNode): bigint {
  const before = (principal * BigInt(misses)) / MISS_DIVISOR;
  const after = (principal * BigInt(misses + 1)) / MISS_DIVISOR;
  const penalty = after - before;
  return penalty < stake ? penalty : stake;
}

type Booked = {readonly node: ServiceNode; readonly burned: bigint};

function bookPass(node: ServiceNode, {credit}: Rules): ServiceNode {
  const scored = {...node, ...recordVerdict(node, true), lastVerdict: VERDICT.pass};
  if (credit.growEvery === 0 || node.credit >= credit.cap) return scored;
  const progress = node.creditProgress + 1;
  if (progress < credit.growEvery) return {...scored, creditProgress: progress};
  return {...scored, credit: node.credit + 1, creditProgress: 0};
}

/** Credit pays before stake; a miss paid by credit does not raise m. Chain-rules §6. */
function bookMiss(
  node: ServiceNode,
  {reasons, epoch, transitions}: {reasons: number; epoch: bigint; transitions: bigint},
): Booked {
  const missed: ServiceNode = {
    ...node,
    ...recordVerdict(node, false),
    lastVerdict: VERDICT.miss,
    lastMissReasons: reasons,
    lastMissEpoch: epoch,
  };
  if (node.credit > 0) return {node: {...missed, credit: node.credit - 1}, burned: 0n};
  const burned = missPenalty(node);
  const paid = {...missed, stake: node.stake - burned, misses: node.misses + 1};
  if (paid.misses < MAX_MISSES) return {node: paid, burned};
  const leaving = {
    status: STATUS.decommissioning,
    leaving: LEAVING.misses,
    retiresAtTransition: transitions + DECOMMISSION_EPOCHS,
  };
  return {node: {...paid, ...leaving}, burned};
}

/** Enters a judgement into the node's record. `transitions` counts the transition under way. */
export function bookJudgement(
  node: ServiceNode,
  judgement: Judgement,
  at: {readonly epoch: bigint; readonly transitions: bigint; readonly rules: Rules},
): Booked {
  switch (judgement.verdict) {
    case 'unjudged':
      return {node: {...node, lastVerdict: VERDICT.unjudged}, burned: 0n};
    case 'pass':
      return {node: bookPass(node, at.rules), burned: 0n};
    case 'miss':
      return bookMiss(node, {...at, reasons: judgement.reasons});
  }
}
