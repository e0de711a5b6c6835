import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import type {EpochState} from '../protocol/chain/state-records.ts';
import {type ChainConfig, rulesAt} from './config.ts';
import {grantAmnesty} from './epoch/amnesty.ts';
import {bookVerdicts} from './epoch/booking.ts';
import type {DutyEntry} from './epoch/duty-entries.ts';
import {startTransition, type Transition} from './epoch/transition.ts';
import {judgeEpoch, type Reachability, type Verdict} from './epoch/verdicts.ts';
import {hearWitnesses} from './epoch/witnesses.ts';
import {judgeWrongAnswers} from './epoch/wrong-answers.ts';
import type {ExecutedBlock} from './execute-block.ts';
import type {NodeJudgement} from './judge.ts';
import {fixMajorities} from './majority.ts';
import {timesAt} from './open-block.ts';
import type {MerkleMap} from './state/merkle-map.ts';
import {getEpochState} from './state/singletons.ts';
import {StateView} from './state/view.ts';

/** What the running epoch comes to for one node, if nothing more is done in it. */
export type NodeForecast = {
  readonly duty: DutyEntry;
  /** Undefined for a node whose duties a penalty has ended. */
  readonly running: NodeJudgement | undefined;
  /** The pass of the epoch before, when it turns into a miss. */
  readonly before: NodeJudgement | undefined;
  /** What the witnesses have reported so far; undefined with too few reports. */
  readonly reachable: boolean | undefined;
  readonly deviantStreak: number;
};

export type EpochForecast = {
  /** No proof of this epoch can come any more: the transition will book exactly this. */
  readonly isFinal: boolean;
  readonly nodes: ReadonlyMap<string, NodeForecast>;
};

const cache = new WeakMap<MerkleMap, EpochForecast>();

/** The epoch as it ends when no more duties come, on a chain that goes on. */
function asIfEnded(epoch: EpochState, state: StateView, roundAHeights: number): EpochState {
  if (epoch.answersClosed) return epoch;
  if (epoch.answersAfter === undefined) fixMajorities(state, epoch.epoch);
  // Blocks of a round that goes on are still to come.
  const roundABlocks = epoch.drawn
    ? epoch.roundABlocks
    : Math.max(epoch.roundABlocks, roundAHeights);
  return {...epoch, roundABlocks, answersClosed: true};
}

function transitionOf(config: ChainConfig, {block, map}: ExecutedBlock): Transition {
  const state = new StateView(map);
  const epoch = getEpochState(map);
  const endedRules = rulesAt(config, block.timestamp);
  const {end} = timesAt(config, block.timestamp);
  return startTransition({
    state,
    endedRules,
    rules: rulesAt(config, end),
    ended: asIfEnded(epoch, state, endedRules.roundAHeights),
    nextEpoch: epoch.epoch + 1n,
    nowSeconds: end / 1000n,
  });
}

function collect(
  t: Transition,
  verdicts: readonly Verdict[],
  reachability: Reachability,
): ReadonlyMap<string, NodeForecast> {
  const ofEpoch = (isRunning: boolean): ReadonlyMap<string, NodeJudgement> =>
    new Map(
      t.judgements
        .filter(({epoch}) => (epoch === t.ended.epoch) === isRunning)
        .map((judgement) => [bytesToKey(judgement.nodeId), judgement]),
    );
  const [running, before] = [ofEpoch(true), ofEpoch(false)];
  const streaks = new Map(verdicts.map(({entry, deviantStreak}) => [entry, deviantStreak]));
  return new Map(
    t.duties.map((duty) => {
      const {entry} = duty;
      const key = bytesToKey(entry.nodeId);
      const judged = {running: running.get(key), before: before.get(key)};
      const seen = {reachable: reachability.get(entry), deviantStreak: streaks.get(entry) ?? 0};
      return [key, {duty, ...judged, ...seen}];
    }),
  );
}

/**
 * The first steps of a transition at the end of the running epoch, in their order, on a state that
 * is thrown away. The amnesty depends on what all others still do: before the answer window closes
 * it is not foreseen. Once per state.
 */
export function forecastEpoch(config: ChainConfig, executed: ExecutedBlock): EpochForecast {
  const known = cache.get(executed.map);
  if (known !== undefined) return known;
  const isFinal = getEpochState(executed.map).answersClosed;
  const t = transitionOf(config, executed);
  judgeWrongAnswers(t);
  const {reachability} = hearWitnesses(t);
  const verdicts = judgeEpoch(t, reachability);
  if (isFinal) grantAmnesty(t, verdicts);
  bookVerdicts(t, verdicts);
  const forecast = {isFinal, nodes: collect(t, verdicts, reachability)};
  cache.set(executed.map, forecast);
  return forecast;
}

export function forecastOf({nodes}: EpochForecast, nodeId: NodeId): NodeForecast | undefined {
  return nodes.get(bytesToKey(nodeId));
}
