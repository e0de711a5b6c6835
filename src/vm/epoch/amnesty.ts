import {AMNESTY_WINDOW, MAX_AMNESTIES, MAX_AMNESTY_STREAK} from '../../protocol/chain/limits.ts';
import {passedLast} from '../score.ts';
import {getAmnesties, putAmnesties} from '../state/singletons.ts';
import type {Transition} from './transition.ts';
import type {Verdict} from './verdicts.ts';

/** A fifth of those that passed before, this many nodes, and this many swarms: an outage, not a fault. */
const MISSING_SHARE = 5;
const MIN_MISSING = 3;
const MIN_SWARMS = 3;

function isOutage(faithful: readonly Verdict[], swarmExponent: number): boolean {
  const missing = faithful.filter(({verdict}) => verdict === 'miss');
  if (missing.length * MISSING_SHARE <= faithful.length || missing.length < MIN_MISSING) {
    return false;
  }
  const swarms = new Set(missing.map(({swarmId}) => swarmId));
  return swarms.size >= Math.min(MIN_SWARMS, 2 ** swarmExponent);
}

/**
 * When many of those that were there before miss at once, it is not their fault: they are unjudged.
 * @returns amnesties in a row, this one counted. SPEC.md §7.8.
 */
export function grantAmnesty(t: Transition, verdicts: readonly Verdict[]): number {
  const {state, ended, transitions} = t;
  const faithful = verdicts.filter(({entry}) => passedLast(entry.node));
  if (!isOutage(faithful, ended.swarmExponent)) return 0;
  const recent = getAmnesties(state).transitions.filter((at) => at + AMNESTY_WINDOW > transitions);
  if (ended.amnestyStreak >= MAX_AMNESTY_STREAK || recent.length >= MAX_AMNESTIES) return 0;
  for (const verdict of faithful) verdict.excused = true;
  putAmnesties(state, {transitions: [...recent, transitions]});
  return ended.amnestyStreak + 1;
}
