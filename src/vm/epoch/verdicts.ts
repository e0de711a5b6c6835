import {bytesToKey, compareBytes} from '../../protocol/bytes.ts';
import {type Judgement, judgeDuty} from '../judge.ts';
import {hasDuties} from '../node-duties.ts';
import {getSwarmEpoch} from '../state/duties.ts';
import type {DutyEntry} from './duty-entries.ts';
import {type Entry, requireEntry, type Transition} from './transition.ts';

/** A judgement of the ended epoch before it is booked. */
export type Verdict = Judgement & {
  readonly entry: Entry;
  /** Where the node had its duty. */
  readonly swarmId: number;
  readonly joining: boolean;
  readonly hasAnswered: boolean;
  /** Made unjudged by the amnesty. */
  excused: boolean;
};

/** What the witnesses saw of each node, by bytesToKey; a node that is not in it is unjudged. */
export type Reachability = ReadonlyMap<string, boolean>;

function verdictOf(
  t: Transition,
  {nodeId, swarmId, duty, note}: DutyEntry,
  reachability: Reachability,
): Verdict | undefined {
  const entry = requireEntry(t, nodeId);
  if (!hasDuties(entry.node)) return undefined; // penalised since the epoch began
  const joining = note?.joining ?? false;
  const judgement = judgeDuty({
    duty,
    joining,
    deviantStreak: entry.node.deviantStreak,
    epoch: t.ended,
    w: getSwarmEpoch(t.state, {epoch: t.ended.epoch, swarmId})?.w,
    reachable: reachability.get(bytesToKey(nodeId)),
    rules: t.endedRules,
  });
  const hasAnswered = duty.answer?.answer.some((byte) => byte !== 0) ?? false;
  return {...judgement, entry, swarmId, joining, hasAnswered, excused: false};
}

const byNodeId = (a: Verdict, b: Verdict): number => compareBytes(a.entry.nodeId, b.entry.nodeId);

/** Judges everybody who had duties in the ended epoch and still has. SPEC.md §7.4. */
export function judgeEpoch(t: Transition, reachability: Reachability): Verdict[] {
  return t.duties.flatMap((duty) => verdictOf(t, duty, reachability) ?? []).sort(byNodeId);
}
