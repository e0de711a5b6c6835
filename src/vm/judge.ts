import type {NodeId} from '../protocol/bytes.ts';
import {equalBytes} from '../protocol/bytes.ts';
import {MISS_DIVISOR} from '../protocol/chain/limits.ts';
import type {Rules} from '../protocol/chain/rules.ts';
import {
  type Answer,
  type Duty,
  type EpochState,
  MISS_REASON,
  type ServiceNode,
  type SwarmEpoch,
} from '../protocol/chain/state-records.ts';

/** What one epoch of one node comes to. `reasons` are bits of MISS_REASON, 0 unless it is a miss. */
export type Judgement = {
  readonly verdict: 'pass' | 'unjudged' | 'miss';
  readonly reasons: number;
  /** Epochs in a row ended on another C than W, this one counted. */
  readonly deviantStreak: number;
};

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

/** What the judgement of one node's duties in one epoch rests on. */
export type JudgedDuty = {
  readonly duty: Duty;
  readonly joining: boolean;
  readonly deviantStreak: number;
  readonly epoch: Pick<EpochState, 'roundABlocks' | 'answersClosed'>;
  /** W of the node's swarm, if it has one. */
  readonly w: SwarmEpoch['w'];
  /** What the witnesses saw; undefined when there are too few reports. */
  readonly reachable: boolean | undefined;
  readonly rules: Rules;
};

/** C that a node ended on: of its revision 1, else of its revision 0. */
export function endedOn({roundA, roundB}: Pick<Duty, 'roundA' | 'roundB'>): Uint8Array | undefined {
  return roundB?.c ?? roundA?.c;
}

/** Whether the declared storage is too small, impossible, or smaller than W. SPEC.md §7.6. */
function lacksStorage({capacity, used, free}: Answer, {w, rules}: JudgedDuty): boolean {
  if (capacity < rules.minCapacity || used + free > capacity) return true;
  return w !== undefined && used < w.set.bytes;
}

const MAX_STREAK = 255;

/** In a row means epoch after epoch: one without a commitment, or without W, ends the streak. */
function streakOf({duty, joining, w, deviantStreak}: JudgedDuty): number {
  const ended = endedOn(duty);
  if (joining || ended === undefined || w === undefined || equalBytes(ended, w.c)) return 0;
  return Math.min(MAX_STREAK, deviantStreak + 1);
}

/** Proofs that come with an answer, of members that serve. */
function answerReasons(answer: Answer, judged: JudgedDuty): number {
  let reasons = 0;
  if (judged.reachable === false) reasons |= MISS_REASON.unreachable;
  if (lacksStorage(answer, judged)) reasons |= MISS_REASON.storage;
  return reasons;
}

/**
 * One verdict per epoch, whatever failed. A commitment or an answer that the halted chain could not
 * take is unjudged, and an epoch with such a one and no miss counts neither way. SPEC.md §7.4.
 */
export function judgeDuty(judged: JudgedDuty): Judgement {
  const {duty, joining, epoch, rules} = judged;
  let [reasons, unjudged] = [0, false];
  if (duty.roundA === undefined) {
    if (epoch.roundABlocks < rules.roundAHeights) unjudged = true;
    else reasons |= MISS_REASON.noCommitment;
  }
  if (!epoch.answersClosed) unjudged = true;
  else if (duty.answer === undefined) reasons |= MISS_REASON.noAnswer;
  else if (!joining) reasons |= answerReasons(duty.answer, judged);
  const deviantStreak = streakOf(judged);
  if (deviantStreak >= 2) reasons |= MISS_REASON.deviant;
  const verdict = reasons !== 0 ? 'miss' : unjudged ? 'unjudged' : 'pass';
  return {verdict, reasons, deviantStreak};
}

/** Stake that the miss after `misses` burns: P(m+1)//200 − Pm//200, never more than is left. */
export function missPenalty({
  principal,
  misses,
  stake,
}: Pick<ServiceNode, 'principal' | 'misses' | 'stake'>): bigint {
  const before = (principal * BigInt(misses)) / MISS_DIVISOR;
  const after = (principal * BigInt(misses + 1)) / MISS_DIVISOR;
  const penalty = after - before;
  return penalty < stake ? penalty : stake;
}
