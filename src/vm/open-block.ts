import {
  type EpochTimes,
  epochAt,
  epochTimes,
  windowBlockIntervalMs,
} from '../protocol/chain/epoch-times.ts';
import type {EpochState} from '../protocol/chain/state-records.ts';
import {type ChainConfig, configAt} from './config.ts';
import {drawMix} from './draw.ts';
import {prepareWitnesses} from './epoch/witness-table.ts';
import {executeTransition} from './epoch-transition.ts';
import type {NodeJudgement} from './judge.ts';
import {fixMajorities} from './majority.ts';
import {type BlockPosition, type Phase, phaseOf} from './phase.ts';
import {getEpochState, putEpochState} from './state/singletons.ts';
import type {StateReader, StateView, StateWriter} from './state/view.ts';

/** A block that is ready for its transactions: time has moved, nothing else. */
export type OpenBlock = BlockPosition & {
  /** As it holds in this block's epoch. */
  readonly config: ChainConfig;
  readonly state: StateView;
  readonly running: EpochState;
  readonly phase: Phase;
  /** Judged by the transition that this block makes; empty in all others. */
  readonly judgements: readonly NodeJudgement[];
};

const epochClock = ({rules, genesisTimeMs}: ChainConfig) => ({
  epochSeconds: rules.epochSeconds,
  genesisTimeMs,
});

/** Instants of the epoch that holds this time. */
export function timesAt(config: ChainConfig, timestamp: bigint): EpochTimes {
  const clock = epochClock(config);
  return epochTimes(clock, epochAt(clock, timestamp));
}

/** Draw, W and closing, each in the first block that reaches it. Chain-rules §2. */
function advance(
  state: StateWriter,
  before: EpochState,
  {times, block, config}: {times: EpochTimes; block: BlockPosition; config: ChainConfig},
): EpochState {
  let epoch = before;
  const {timestamp, height} = block;
  if (timestamp < times.roundAEnd) {
    return {...epoch, roundABlocks: epoch.roundABlocks + 1};
  }
  if (!epoch.drawn) {
    const mix = drawMix(state, epoch.epoch, epoch.mix);
    epoch = {...epoch, drawn: true, previousMix: epoch.mix, mix};
    prepareWitnesses(state, epoch);
  }
  if (timestamp >= times.roundBEnd && epoch.answersAfter === undefined) {
    fixMajorities(state, epoch.epoch);
    epoch = {...epoch, answersAfter: height};
  }
  const {answersAfter, answersClosed} = epoch;
  if (answersAfter === undefined || answersClosed || timestamp < times.answersEnd) return epoch;
  const isHighEnough = height >= answersAfter + BigInt(config.rules.answerHeights);
  return isHighEnough ? {...epoch, answersClosed: true} : epoch;
}

/**
 * Moves the state into the time of a block, before its transactions. SPEC.md §6.2.
 * The state given is the view of the block itself and is changed.
 */
export function openBlock(
  chainConfig: ChainConfig,
  state: StateView,
  block: BlockPosition,
): OpenBlock {
  const config = configAt(chainConfig, block.timestamp);
  const clock = epochClock(config);
  const number = epochAt(clock, block.timestamp);
  let epoch = getEpochState(state);
  let judgements: readonly NodeJudgement[] = [];
  if (number > epoch.epoch) {
    const {timestamp} = block;
    const at = {ended: epoch, nextEpoch: number, timestamp};
    ({epoch, judgements} = executeTransition(state, chainConfig, at));
  }
  const times = epochTimes(clock, number);
  const beforeClosing = epoch;
  epoch = advance(state, epoch, {times, block, config});
  putEpochState(state, epoch);
  const {answersAfter} = epoch;
  const phase = phaseOf({answersAfter, answersClosed: beforeClosing.answersClosed}, times, block);
  return {...block, config, state, running: epoch, phase, judgements};
}

function boundaries({start, roundAEnd, roundBEnd, answersEnd, end}: EpochTimes): readonly bigint[] {
  return [start, roundAEnd, roundBEnd, answersEnd, end];
}

/** First phase end after this instant: the time of the next block that is due however idle we are. */
export function nextBoundary(config: ChainConfig, timestamp: bigint): bigint {
  const times = timesAt(config, timestamp);
  return boundaries(times).find((instant) => instant > timestamp) ?? times.end;
}

/** Whether a block without transactions may follow its parent. Chain-rules §2. */
export function mayBeEmpty(
  {config, running, phase, timestamp}: OpenBlock,
  parentTimestamp: bigint,
): boolean {
  if (nextBoundary(config, parentTimestamp) <= timestamp) return true;
  if (phase === 'rest' || running.dutyCount === 0) return false;
  return timestamp - parentTimestamp >= windowBlockIntervalMs(config.rules);
}

/** The earliest time at which an empty child of this parent is valid, Unix ms. */
export function nextEmptyBlockTime(
  config: ChainConfig,
  state: StateReader,
  parent: BlockPosition,
): bigint {
  const boundary = nextBoundary(config, parent.timestamp);
  const soon = parent.timestamp + windowBlockIntervalMs(config.rules);
  if (soon >= boundary) return boundary;
  const epoch = getEpochState(state);
  const child = {height: parent.height + 1n, timestamp: soon};
  const isWindow = phaseOf(epoch, timesAt(config, soon), child) !== 'rest';
  return isWindow && epoch.dutyCount > 0 ? soon : boundary;
}
