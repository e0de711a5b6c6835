import {tagged} from './hash.ts';
import type {Hex} from './hex.ts';
import {dutiesOf, dutySwarms, endedOn, swarmDuties} from './queries.ts';
import {type Config, epochOf, type Rules, rulesOfEpoch, type Times, timesOf} from './rules.ts';
import type {State} from './state.ts';
import {executeTransition} from './transition.ts';
import {type Judgement, type OpenBlock, type Phase, reach, type World} from './world.ts';

const ACCOUNT_BYTES_IN_WINDOW = 375_000;

export type BlockTime = {readonly height: number; readonly timestamp: number};

/** SPEC.md §6.2, step 1; the parent's id is the caller's business. */
export function checkHeader(world: World, {height, timestamp}: BlockTime): string | undefined {
  if (height !== world.height + 1) return 'BLOCK_WRONG_HEIGHT';
  const earliest = world.timestamp + world.config.rules.minBlockIntervalMs;
  return timestamp < earliest ? 'BLOCK_TOO_EARLY' : undefined;
}

/** SPEC.md §6.5. */
function draw(world: World): void {
  const {state} = world;
  const duties = dutiesOf(state, state.epoch);
  const reveals = duties.map(({reveal}) => reveal ?? '').join('');
  if (duties.some(({reveal}) => reveal === undefined)) reach(world, 'R24');
  state.previousMix = state.mix;
  state.mix = tagged('mix', state.mix + reveals);
  state.drawn = true;
}

/** W of every swarm. SPEC.md §7.1. */
function fixMajorities(world: World): void {
  const {state} = world;
  const {epoch} = state;
  for (const swarmId of dutySwarms(state, epoch)) {
    const counted = swarmDuties(state, epoch, swarmId).filter(({joining}) => !joining);
    const groups = new Map<Hex, number>();
    for (const duty of counted) {
      const c = endedOn(duty);
      if (c !== undefined) groups.set(c, (groups.get(c) ?? 0) + 1);
    }
    const w = [...groups].find(([, size]) => 2 * size > counted.length)?.[0];
    const posted = counted.flatMap(({roundA, roundB}) => [roundA, roundB]);
    const set = posted.find((commitment) => commitment?.c === w)?.set;
    reach(world, 'R39');
    if (w !== undefined && set !== undefined) state.majorities.push({epoch, swarmId, c: w, set});
  }
}

/** SPEC.md §6.2, step 3. */
function advance(world: World, times: Times, rules: Rules): void {
  const {state, timestamp, height} = world;
  if (timestamp < times.roundAEnd) {
    state.roundABlocks += 1;
    return;
  }
  if (!state.drawn) draw(world);
  if (timestamp < times.roundBEnd) return;
  if (state.answersAfter === undefined) {
    fixMajorities(world);
    state.answersAfter = height;
  }
  const isHigh = height >= state.answersAfter + rules.answerHeights;
  if (timestamp >= times.answersEnd && isHigh) state.answersClosed = true;
}

type Window = {readonly answersAfter: number | undefined; readonly wasClosed: boolean};

function phaseOf(block: BlockTime, times: Times, {answersAfter, wasClosed}: Window): Phase {
  if (block.timestamp < times.roundAEnd) return 'roundA';
  if (block.timestamp < times.roundBEnd) return 'roundB';
  const isOpen = answersAfter !== undefined && block.height > answersAfter && !wasClosed;
  return isOpen ? 'answers' : 'rest';
}

/** Whether S_e, an end of a phase, or the next S_e lies after one time and not after another. */
export function passesInstant(config: Config, after: number, until: number): boolean {
  const epoch = epochOf(config, after);
  const {start, roundAEnd, roundBEnd, answersEnd, end} = timesOf(config, epoch);
  return [start, roundAEnd, roundBEnd, answersEnd, end].some((it) => it > after && it <= until);
}

function mayBeEmpty(state: State, phase: Phase, elapsed: number, rules: Rules): boolean {
  if (phase === 'rest' || dutiesOf(state, state.epoch).length === 0) return false;
  return elapsed >= Math.max(1000, Math.floor((1000 * rules.epochSeconds) / 120));
}

/** Moves the world into the time of a block, before its transactions. SPEC.md §6.2, steps 2 and 3. */
export function openBlock(world: World, block: BlockTime): OpenBlock {
  const {config, state} = world;
  const {height, timestamp} = block;
  const before = world.timestamp;
  world.height = height;
  world.timestamp = timestamp;
  const epoch = epochOf(config, timestamp);
  let judgements: readonly Judgement[] = [];
  if (epoch > state.epoch) judgements = executeTransition(world, epoch);
  const rules = rulesOfEpoch(config, epoch);
  const times = timesOf(config, epoch);
  const wasClosed = state.answersClosed;
  advance(world, times, rules);
  const phase = phaseOf(block, times, {answersAfter: state.answersAfter, wasClosed});
  return {
    ...block,
    phase,
    rules,
    mayBeEmpty:
      passesInstant(config, before, timestamp) ||
      mayBeEmpty(state, phase, timestamp - before, rules),
    accountBytes: phase === 'rest' ? Number.POSITIVE_INFINITY : ACCOUNT_BYTES_IN_WINDOW,
    judgements,
  };
}
