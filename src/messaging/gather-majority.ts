import type {NodeId} from '../protocol/bytes.ts';
import {Deadline} from './deadline.ts';
import {type Gathered, gather} from './gather.ts';
import type {MemberHealth} from './member-health.ts';
import type {MemberRound} from './member-round.ts';
import type {Patience} from './patience.ts';

/**
 * Waits until enough of the members that a round has asked have answered: then the others are spared. When
 * it takes longer than usual all others are asked, and those that are down when there is nobody else left.
 */
export async function gatherMajority<T>(
  round: MemberRound<T>,
  {
    isEnough,
    down,
    health,
    patience,
    timeoutMs,
  }: {
    readonly isEnough: (values: readonly T[]) => boolean;
    readonly down: readonly NodeId[];
    readonly health: MemberHealth;
    readonly patience: Patience;
    readonly timeoutMs: number;
  },
): Promise<Gathered<T>> {
  // PERF: in a swarm of one there is nothing to wait for.
  if (isEnough([])) return {values: [], isEnough: true};
  const startMs = performance.now();
  const first = await gatherSoon(round, isEnough, patience.lengthMs);
  if (first.isEnough) return first;
  const leftMs = Math.max(0, timeoutMs - (performance.now() - startMs));
  using deadline = new Deadline(leftMs);
  const {signal} = deadline;
  for (const member of round.silent) health.lagged(member);
  round.askAlso(round.takeLeft());
  const second = await gather(round.answers, isEnough, signal);
  if (second.isEnough || signal.aborted) return second;
  round.askAlso(down);
  return gather(round.answers, isEnough, signal);
}

async function gatherSoon<T>(
  round: MemberRound<T>,
  isEnough: (values: readonly T[]) => boolean,
  ms: number,
): Promise<Gathered<T>> {
  using deadline = new Deadline(ms);
  return await gather(round.answers, isEnough, deadline.signal);
}
