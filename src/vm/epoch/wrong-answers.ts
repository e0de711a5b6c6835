import {bytesToKey, equalBytes} from '../../protocol/bytes.ts';
import {
  LEAVING,
  MISS_REASON,
  type ServiceNode,
  STATUS,
  VERDICT,
} from '../../protocol/chain/state-records.ts';
import {endedOn} from '../judge.ts';
import {amendVerdict} from '../score.ts';
import {getSwarmEpoch, previousDutyEpoch} from '../state/duties.ts';
import type {StateReader} from '../state/view.ts';
import {payMiss} from './booking.ts';
import {bitAt, bySwarm, type DutyEntry, dutiesOfSwarm, dutyHolders} from './duty-entries.ts';
import {type Entry, findEntry, type Transition} from './transition.ts';

/** Fewer members than this do not prove an answer wrong. */
const MIN_DISSENTERS = 2;

/** Dissent bitmaps posted in the ended epoch that call any answer wrong, by bytesToKey of the node. */
type Dissents = ReadonlyMap<string, Uint8Array>;

function dissentsOf(t: Transition): Dissents {
  const posted = t.duties.filter(({duty}) => duty.dissent.some((byte) => byte !== 0));
  return new Map(posted.map(({nodeId, duty}) => [bytesToKey(nodeId), duty.dissent]));
}

/** Only a pass that stands can turn into a miss, and only in a term that runs. */
function canFail({lastVerdict, status, leaving}: ServiceNode): boolean {
  if (lastVerdict !== VERDICT.pass) return false;
  return (
    status === STATUS.active || (status === STATUS.decommissioning && leaving === LEAVING.wish)
  );
}

const isVoter = ({duty, note}: DutyEntry, w: Uint8Array): boolean => {
  const ended = endedOn(duty);
  return note?.joining !== true && ended !== undefined && equalBytes(ended, w);
};

/** Members whose answer of the epoch before more than half of the other voters call wrong. */
function refuted(members: readonly DutyEntry[], w: Uint8Array, dissents: Dissents): DutyEntry[] {
  const voters = members.filter((member) => isVoter(member, w));
  const heard = voters.flatMap((voter) => {
    const bitmap = dissents.get(bytesToKey(voter.nodeId));
    return bitmap === undefined ? [] : [{voter, bitmap}];
  });
  return members.filter((member, index) => {
    if (member.note?.joining === true || member.duty.answer === undefined) return false;
    const others = voters.length - (isVoter(member, w) ? 1 : 0);
    const against = heard.filter(
      ({voter, bitmap}) => voter !== member && bitAt(bitmap, index) === true,
    ).length;
    return against * 2 > others && against >= MIN_DISSENTERS;
  });
}

/** Swarms of that epoch in which enough dissent to be heard. PERF: few; only their duties are decoded. */
function disputedSwarms(state: StateReader, epoch: bigint, dissents: Dissents): number[] {
  const dissenters = dutyHolders(state, epoch).filter(({nodeId}) =>
    dissents.has(bytesToKey(nodeId)),
  );
  return [...bySwarm(dissenters)].flatMap(([swarmId, members]) =>
    members.length >= MIN_DISSENTERS ? [swarmId] : [],
  );
}

/** Whether the pass of the epoch before opened the node's term: its clock has not stopped yet. */
const hasJustBegun = ({status, retiresAtTransition}: ServiceNode): boolean =>
  status === STATUS.active && retiresAtTransition !== 0n;

function turnIntoMiss(t: Transition, entry: Entry, {note}: DutyEntry, epoch: bigint): void {
  entry.node = {
    ...entry.node,
    ...amendVerdict(entry.node, false),
    ...note?.before,
    lastVerdict: VERDICT.miss,
    lastMissReasons: MISS_REASON.wrongAnswer,
    lastMissEpoch: epoch,
    // Without the pass no term has begun: it is returning still.
    ...(hasJustBegun(entry.node) ? {status: STATUS.decommissioning} : {}),
  };
  const paid = payMiss(t, entry);
  const {nodeId} = entry;
  const reasons = MISS_REASON.wrongAnswer;
  t.judgements.push({nodeId, epoch, verdict: 'miss', reasons, excused: false, ...paid});
}

function refuteAnswers(t: Transition): void {
  const {state, ended} = t;
  const epoch = previousDutyEpoch(state, ended.epoch);
  if (epoch === undefined) return;
  const dissents = dissentsOf(t);
  if (dissents.size < MIN_DISSENTERS) return;
  const failed = disputedSwarms(state, epoch, dissents).flatMap((swarmId) => {
    const at = {epoch, swarmId};
    const w = getSwarmEpoch(state, at)?.w;
    return w === undefined ? [] : refuted(dutiesOfSwarm(state, at), w.c, dissents);
  });
  for (const duty of failed) {
    const entry = findEntry(t, duty.nodeId);
    if (entry !== undefined && canFail(entry.node)) turnIntoMiss(t, entry, duty, epoch);
  }
}

/** Passes that nobody has refuted by now stand, and so do the terms that they opened. */
function confirmTerms({entries}: Transition): void {
  for (const entry of entries) {
    if (hasJustBegun(entry.node)) entry.node = {...entry.node, retiresAtTransition: 0n};
  }
}

/**
 * Possession of the epoch before the one that ended: its dissent came in this one's commitments.
 * What fails is the miss of that epoch, in place of its pass. SPEC.md §7.7.
 */
export function judgeWrongAnswers(t: Transition): void {
  refuteAnswers(t);
  confirmTerms(t);
}
