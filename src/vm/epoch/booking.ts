import {MAX_MISSES} from '../../protocol/chain/limits.ts';
import type {Credit} from '../../protocol/chain/sparse-records.ts';
import {LEAVING, type ServiceNode, STATUS, VERDICT} from '../../protocol/chain/state-records.ts';
import {missPenalty} from '../judge.ts';
import {isReturning} from '../node-duties.ts';
import {recordVerdict} from '../score.ts';
import {getDutyNote, putDutyNote} from '../state/duties.ts';
import {leavingRecords} from '../state/node-notes.ts';
import {decommission, type Entry, type Transition} from './transition.ts';
import type {Verdict} from './verdicts.ts';

type Paid = {readonly burned: bigint; readonly paidByCredit: boolean};

/**
 * Credit pays before stake; a miss paid by credit does not raise m. The term of a returning node is
 * over: there is nothing to count a penalty from. SPEC.md §7.9.
 */
export function payMiss(t: Transition, entry: Entry): Paid {
  const {node} = entry;
  if (isReturning(node)) return {burned: 0n, paidByCredit: false};
  if (node.credit > 0) {
    entry.node = {...node, credit: node.credit - 1};
    return {burned: 0n, paidByCredit: true};
  }
  const burned = missPenalty(node);
  entry.node = {...node, stake: node.stake - burned, misses: node.misses + 1};
  t.bookings.burned += burned;
  if (entry.node.misses >= MAX_MISSES) decommission(t, entry, LEAVING.misses);
  return {burned, paidByCredit: false};
}

function bookMiss(t: Transition, entry: Entry, {reasons, joining}: Verdict): Paid {
  const {node} = entry;
  entry.node = {
    ...node,
    ...(joining ? {} : recordVerdict(node, false)),
    lastVerdict: VERDICT.miss,
    lastMissReasons: reasons,
    lastMissEpoch: t.ended.epoch,
  };
  return payMiss(t, entry);
}

/** @returns credit after one more pass; the same object when nothing changes. */
function creditAfterPass(node: ServiceNode, {credit}: Transition['endedRules']): Credit {
  if (credit.growEvery === 0 || node.credit >= credit.cap) return node;
  const progress = node.creditProgress + 1;
  if (progress < credit.growEvery) return {credit: node.credit, creditProgress: progress};
  return {credit: node.credit + 1, creditProgress: 0};
}

/** Keeps the credit as it was, in case the pass turns out to rest on a wrong answer. */
function noteCredit(t: Transition, {swarmId}: Verdict, {nodeId, node}: Entry): void {
  const at = {epoch: t.ended.epoch, swarmId, nodeId};
  const note = getDutyNote(t.state, at, nodeId) ?? {joining: false, before: undefined};
  const before = {credit: node.credit, creditProgress: node.creditProgress};
  putDutyNote(t.state, at, {...note, before});
}

/** The clock of a returning node stops with the next transition: until then its pass may be refuted. */
function beginTerm(t: Transition, entry: Entry): void {
  leavingRecords.delete(t.state, entry.nodeId);
  entry.node = {
    ...entry.node,
    status: STATUS.active,
    principal: entry.node.stake,
    misses: 0,
    credit: 0,
    creditProgress: 0,
  };
}

function bookPass(t: Transition, entry: Entry, verdict: Verdict): void {
  const {node} = entry;
  entry.node = verdict.joining
    ? {...node, lastVerdict: VERDICT.unjudged}
    : {...node, ...recordVerdict(node, true), lastVerdict: VERDICT.pass};
  if (isReturning(node)) {
    beginTerm(t, entry);
    return;
  }
  if (verdict.joining) return;
  const {credit, creditProgress} = creditAfterPass(node, t.endedRules);
  if (credit === node.credit && creditProgress === node.creditProgress) return;
  noteCredit(t, verdict, entry);
  entry.node = {...entry.node, credit, creditProgress};
}

/** Who is not judged did not deviate in the ended epoch, and its streak ends. SPEC.md §7.4. */
function bookStreaks({entries}: Transition, verdicts: readonly Verdict[]): void {
  const streaks = new Map(verdicts.map(({entry, deviantStreak}) => [entry, deviantStreak]));
  for (const entry of entries) {
    const deviantStreak = streaks.get(entry) ?? 0;
    if (deviantStreak !== entry.node.deviantStreak) entry.node = {...entry.node, deviantStreak};
  }
}

/** Enters the verdicts of the ended epoch into the nodes' records. SPEC.md §7.9. */
export function bookVerdicts(t: Transition, verdicts: readonly Verdict[]): void {
  bookStreaks(t, verdicts);
  for (const verdict of verdicts) {
    const {entry, reasons, excused} = verdict;
    const {nodeId} = entry;
    let paid: Paid = {burned: 0n, paidByCredit: false};
    if (excused || verdict.verdict === 'unjudged') {
      entry.node = {...entry.node, lastVerdict: VERDICT.unjudged};
    } else if (verdict.verdict === 'pass') {
      bookPass(t, entry, verdict);
    } else {
      paid = bookMiss(t, entry, verdict);
    }
    const counted = excused ? 'unjudged' : verdict.verdict;
    const {epoch} = t.ended;
    const wasMiss = excused && verdict.verdict === 'miss';
    t.judgements.push({nodeId, epoch, verdict: counted, reasons, excused: wasMiss, ...paid});
  }
}
