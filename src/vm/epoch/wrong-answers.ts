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
import {previousDutyEpoch, swarmEpochs} from '../state/duties.ts';
import {payMiss} from './booking.ts';
import {bitAt, bySwarm, type DutyEntry, dutiesOf} from './duty-entries.ts';
import {type Entry, findEntry, type Transition} from './transition.ts';

/** Fewer members than this do not prove an answer wrong. */
const MIN_DISSENTERS = 2;

/** Dissent bitmaps posted in the ended epoch, by bytesToKey of the node. */
function dissents(t: Transition): ReadonlyMap<string, Uint8Array> {
  const posted = t.duties.filter(({duty}) => duty.roundA !== undefined);
  return new Map(posted.map(({nodeId, duty}) => [bytesToKey(nodeId), duty.dissent]));
}

/** Only a pass that stands can turn into a miss, and only in a term that runs. */
function canFail({lastVerdict, status, leaving}: ServiceNode): boolean {
  if (lastVerdict !== VERDICT.pass) return false;
  return (
    status === STATUS.active || (status === STATUS.decommissioning && leaving === LEAVING.wish)
  );
}

/** Members whose answer of the epoch before more than half of the other voters call wrong. */
function refuted(
  members: readonly DutyEntry[],
  w: Uint8Array,
  bitmaps: ReadonlyMap<string, Uint8Array>,
): DutyEntry[] {
  const voters = members.filter(({duty, note}) => {
    const ended = endedOn(duty);
    return note?.joining !== true && ended !== undefined && equalBytes(ended, w);
  });
  return members.filter((member, index) => {
    if (member.note?.joining === true || member.duty.answer === undefined) return false;
    const others = voters.filter((voter) => voter !== member);
    const against = others.filter(({nodeId}) => {
      const bitmap = bitmaps.get(bytesToKey(nodeId));
      return bitmap !== undefined && bitAt(bitmap, index) === true;
    });
    return against.length * 2 > others.length && against.length >= MIN_DISSENTERS;
  });
}

function turnIntoMiss(t: Transition, entry: Entry, {note}: DutyEntry, epoch: bigint): void {
  entry.node = {
    ...entry.node,
    ...amendVerdict(entry.node, false),
    ...note?.before,
    lastVerdict: VERDICT.miss,
    lastMissReasons: MISS_REASON.wrongAnswer,
    lastMissEpoch: epoch,
  };
  const paid = payMiss(t, entry);
  const {nodeId} = entry;
  const reasons = MISS_REASON.wrongAnswer;
  t.judgements.push({nodeId, epoch, verdict: 'miss', reasons, excused: false, ...paid});
}

/**
 * Possession of the epoch before the one that ended: its dissent came in this one's commitments.
 * What fails is the miss of that epoch, in place of its pass. SPEC.md §7.7.
 */
export function judgeWrongAnswers(t: Transition): void {
  const {state, ended} = t;
  const epoch = previousDutyEpoch(state, ended.epoch);
  if (epoch === undefined) return;
  const bitmaps = dissents(t);
  if (![...bitmaps.values()].some((bitmap) => bitmap.some((byte) => byte !== 0))) return;
  const swarms = bySwarm(dutiesOf(state, epoch));
  const failed = [...swarmEpochs(state, epoch)].flatMap(([swarmId, {w}]) =>
    w === undefined ? [] : refuted(swarms.get(swarmId) ?? [], w.c, bitmaps),
  );
  for (const duty of failed) {
    const entry = findEntry(t, duty.nodeId);
    if (entry !== undefined && canFail(entry.node)) turnIntoMiss(t, entry, duty, epoch);
  }
}
