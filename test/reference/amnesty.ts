import {swarmCount} from './queries.ts';
import {MISS, UNJUDGED} from './state.ts';
import type {Verdict} from './verdicts.ts';
import {reach, type World} from './world.ts';

const YEAR_TRANSITIONS = 720;

/** Step 3: too many misses at once excuse those who had passed before. SPEC.md §7.8. */
export function grantAmnesty(world: World, verdicts: readonly Verdict[], transition: number): void {
  const {state} = world;
  const f = verdicts.filter(({node}) => node.judged.at(-1) === true);
  const missed = f.filter(({verdict}) => verdict === MISS);
  const swarms = new Set(missed.map(({duty}) => duty.swarmId));
  const recent = state.amnesties.filter((t) => t + YEAR_TRANSITIONS > transition);
  const isGranted =
    5 * missed.length > f.length &&
    missed.length >= 3 &&
    swarms.size >= Math.min(3, swarmCount(state)) &&
    state.amnestyStreak < 6 &&
    recent.length < 24;
  if (!isGranted) {
    state.amnestyStreak = 0;
    return;
  }
  reach(world, 'R55');
  for (const it of f) {
    it.excused = it.verdict === MISS;
    it.verdict = UNJUDGED;
  }
  state.amnesties = [...recent, transition];
  state.amnestyStreak += 1;
}
