import type {Hex} from './hex.ts';
import {dutiesOf, endedOn, hasDuties, keepsDuties, majorityOf, nodeOf} from './queries.ts';
import type {Rules} from './rules.ts';
import {type Duty, MISS, type Node, PASS, RETIRED, UNJUDGED} from './state.ts';
import type {Outcome} from './witnesses.ts';
import {reach, type World} from './world.ts';

const NO_COMMITMENT = 1;
const NO_ANSWER = 2;
const UNREACHABLE = 8;
const STORAGE = 16;
const DEVIANT = 32;

export type Verdict = {
  readonly duty: Duty;
  readonly node: Node;
  verdict: number;
  readonly reasons: number;
  excused: boolean;
};

type Check = number | 'passed' | 'unjudged';

type Context = {
  readonly world: World;
  readonly rules: Rules;
  readonly outcomes: ReadonlyMap<Hex, Outcome>;
};

function checkCommitment({world, rules}: Context, duty: Duty): Check {
  if (duty.roundA !== undefined) return 'passed';
  if (world.state.roundABlocks < rules.roundAHeights) {
    reach(world, 'R41');
    return 'unjudged';
  }
  reach(world, 'R40');
  return NO_COMMITMENT;
}

function checkResponse({world}: Context, duty: Duty): Check {
  if (!world.state.answersClosed) {
    reach(world, 'R43');
    return 'unjudged';
  }
  if (duty.answer !== undefined) return 'passed';
  reach(world, 'R42');
  return NO_ANSWER;
}

function checkReachable({world, outcomes}: Context, duty: Duty): Check {
  if (duty.joining || duty.answer === undefined) return 'passed';
  const isReachable = outcomes.get(duty.nodeId)?.isReachable;
  if (isReachable === undefined) {
    reach(world, 'R45');
    return 'unjudged';
  }
  if (isReachable) return 'passed';
  reach(world, 'R44');
  return UNREACHABLE;
}

/** SPEC.md §7.6. */
function checkStorage({world, rules}: Context, duty: Duty): Check {
  if (duty.joining || duty.answer === undefined) return 'passed';
  if (!world.state.answersClosed) return 'unjudged';
  const {capacity, used, free} = duty.answer;
  const stored = majorityOf(world.state, duty.epoch, duty.swarmId)?.set.bytes ?? 0n;
  if (capacity >= rules.minCapacity && used + free <= capacity && used >= stored) return 'passed';
  reach(world, 'R46');
  return STORAGE;
}

/** Counts the streak as well. */
function checkDeviance({world}: Context, duty: Duty, node: Node): Check {
  const w = majorityOf(world.state, duty.epoch, duty.swarmId);
  const c = endedOn(duty);
  const deviates = !duty.joining && c !== undefined && w !== undefined && c !== w.c;
  node.deviantStreak = deviates ? Math.min(255, node.deviantStreak + 1) : 0;
  if (node.deviantStreak < 2) return 'passed';
  reach(world, 'R47');
  return DEVIANT;
}

function judgeNode(context: Context, duty: Duty, node: Node): Verdict {
  const commitment = checkCommitment(context, duty);
  const response = checkResponse(context, duty);
  const checks = [
    commitment,
    response,
    checkReachable(context, duty),
    checkStorage(context, duty),
    checkDeviance(context, duty, node),
  ];
  const reasons = checks.reduce<number>((all, it) => all + (typeof it === 'number' ? it : 0), 0);
  const isUnjudged = commitment === 'unjudged' || response === 'unjudged';
  let verdict = isUnjudged ? UNJUDGED : PASS;
  if (reasons > 0) verdict = MISS;
  return {duty, node, verdict, reasons, excused: false};
}

/** Step 2: verdicts of the epoch that ended, in NodeID order. SPEC.md §7.4. */
export function judgeEpoch(context: Context): Verdict[] {
  const {state} = context.world;
  const verdicts = dutiesOf(state, state.epoch).flatMap((duty) => {
    const node = nodeOf(state, duty.nodeId);
    if (keepsDuties(node, state)) return [judgeNode(context, duty, node)];
    if (hasDuties(node)) reach(context.world, 'R68');
    return [];
  });
  const judged = new Set(verdicts.map(({node}) => node));
  for (const node of state.nodes.values()) {
    if (node.status !== RETIRED && !judged.has(node)) node.deviantStreak = 0;
  }
  return verdicts;
}
