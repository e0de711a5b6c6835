import {type Judgement, judgeDuty} from '../judge.ts';
import {keepsDuties} from '../node-duties.ts';
import type {Entry, OwnedDuty, Transition} from './transition.ts';

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

/** What the witnesses saw of each node; one that is not in it is unjudged. */
export type Reachability = ReadonlyMap<Entry, boolean>;

function verdictOf(
  t: Transition,
  {entry, swarmId, duty, note}: OwnedDuty,
  reachability: Reachability,
): Verdict | undefined {
  const {state, ended} = t;
  if (!keepsDuties({state, running: ended}, entry.nodeId, entry.node)) return undefined;
  const joining = note?.joining ?? false;
  const judgement = judgeDuty({
    duty,
    joining,
    deviantStreak: entry.node.deviantStreak,
    epoch: t.ended,
    w: t.swarms.get(swarmId)?.w,
    reachable: reachability.get(entry),
    rules: t.endedRules,
  });
  const hasAnswered = duty.answer?.answer.some((byte) => byte !== 0) ?? false;
  return {...judgement, entry, swarmId, joining, hasAnswered, excused: false};
}

/** Judges everybody who had duties in the ended epoch and still has, in NodeID order. SPEC.md §7.4. */
export function judgeEpoch(t: Transition, reachability: Reachability): Verdict[] {
  return t.duties.flatMap((duty) => verdictOf(t, duty, reachability) ?? []);
}
