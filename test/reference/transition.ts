import {grantAmnesty} from './amnesty.ts';
import {bookVerdicts, promoteJoining} from './booking.ts';
import {letNodesLeave} from './leaving.ts';
import {giveDuties} from './new-duties.ts';
import {placeNodes} from './placement.ts';
import {allNodes, isServing, swarmCount} from './queries.ts';
import {rulesOfEpoch} from './rules.ts';
import type {State} from './state.ts';
import {changeSwarmCount} from './swarm-count.ts';
import {restartSwarms, servedSwarms} from './unserved-swarms.ts';
import {judgeEpoch} from './verdicts.ts';
import {countWitnesses, mixAtStart, outcomesOf} from './witnesses.ts';
import {type Judgement, reach, type World} from './world.ts';
import {judgeWrongAnswers} from './wrong-answers.ts';

/** Steps 1 to 5: the epoch that ended, under its own rules. */
function judge(world: World, transition: number): Judgement[] {
  const {config, state} = world;
  const rules = rulesOfEpoch(config, state.epoch);
  const wrong = judgeWrongAnswers(world, transition);
  const outcomes = outcomesOf(world, rules.minPeers);
  const verdicts = judgeEpoch({world, rules, outcomes});
  grantAmnesty(world, verdicts, transition);
  const booked = bookVerdicts(world, verdicts, {rules, transition});
  promoteJoining(world, transition);
  countWitnesses(world, outcomes, transition);
  return [...wrong, ...booked];
}

/** Swarms with a serving member, under the numbers that they have after step 6. */
function renumbered(served: ReadonlySet<number>, state: State): Set<number> {
  return new Set([...served].map((swarmId) => swarmId % swarmCount(state)));
}

/** Step 10. */
function turnKeys(world: World, transition: number): void {
  for (const [, node] of allNodes(world.state)) {
    if (node.nextHashChainTip !== undefined) {
      reach(world, 'R18');
      node.hashChainTip = node.nextHashChainTip;
      node.nextHashChainTip = undefined;
    }
    if (node.previousKey !== undefined && node.previousUntil <= transition) {
      reach(world, 'R18');
      node.previousKey = undefined;
      node.previousUntil = 0;
    }
  }
}

/** The step from the state's epoch to a later one. SPEC.md §6.3. */
export function executeTransition(world: World, epoch: number): readonly Judgement[] {
  const {config, state} = world;
  const ended = state.epoch;
  const transition = state.transitions + 1;
  if (epoch > ended + 1) reach(world, 'R17');
  const served = servedSwarms(state);
  const nodes = [...state.nodes.values()];
  const countedServing = nodes.filter((node) => isServing(node) && node.since < ended).length;
  const start = mixAtStart(state);

  const judgements = judge(world, transition);
  const rules = rulesOfEpoch(config, epoch);
  changeSwarmCount(world, {epoch, mixAtStart: start, countedServing, rules});
  letNodesLeave(world, {rules, transition});
  if (state.drawn) placeNodes(world, {ended, epoch, rules});
  restartSwarms(world, renumbered(served, state), epoch);
  turnKeys(world, transition);
  state.duties = state.duties.filter((duty) => duty.epoch >= ended);
  state.majorities = state.majorities.filter((w) => w.epoch >= ended);
  giveDuties(world, {epoch, transition});

  state.epoch = epoch;
  state.transitions = transition;
  state.drawn = false;
  state.answersClosed = false;
  state.roundABlocks = 0;
  state.answersAfter = undefined;
  return judgements;
}
