import {nodeIdToString} from '../../../crypto/ids.ts';
import type {
  ForecastJudgement,
  ForecastProofs,
  ProofState,
} from '../../../protocol/api-forecast.ts';
import {
  type EpochState,
  MISS_REASON,
  type SwarmEpoch,
} from '../../../protocol/chain/state-records.ts';
import {forecastEpoch, forecastOf, type NodeForecast} from '../../../vm/forecast.ts';
import type {NodeJudgement} from '../../../vm/judge.ts';
import {getSwarmEpoch} from '../../../vm/state/duties.ts';
import {requireServiceNode} from '../lookups.ts';
import type {Method} from '../method.ts';
import {nodeIdParam} from '../params.ts';
import {type EpochPosition, epochPosition} from '../phase-view.ts';
import {instant, reasonNames} from '../views.ts';

function judgementView(judgement: NodeJudgement): ForecastJudgement {
  const {epoch, verdict, reasons, burned, paidByCredit, excused} = judgement;
  return {
    epoch: epoch.toString(),
    verdict,
    reasons: reasonNames(reasons),
    burned: burned.toString(),
    paidByCredit,
    excused,
  };
}

function commitmentState({duty: {duty}, running}: NodeForecast, phase: string): ProofState {
  if (duty.roundA !== undefined) return 'done';
  if (phase === 'roundA') return 'open';
  return hasReason(running, MISS_REASON.noCommitment) ? 'failed' : 'unjudged';
}

function answerState({duty: {duty}}: NodeForecast, {answersClosed}: EpochState): ProofState {
  if (duty.answer !== undefined) return 'done';
  return answersClosed ? 'failed' : 'open';
}

const hasReason = (judgement: NodeJudgement | undefined, reason: number): boolean =>
  ((judgement?.reasons ?? 0) & reason) !== 0;

/** Of proofs that only come with an answer, and only of members that serve. */
function withAnswer(
  {duty: {duty, note}, running}: NodeForecast,
  reason: number,
  epoch: EpochState,
): ProofState {
  if (note?.joining === true || running === undefined) return 'unjudged';
  if (duty.answer === undefined) return epoch.answersClosed ? 'unjudged' : 'open';
  return hasReason(running, reason) ? 'failed' : 'done';
}

function reachabilityState(forecast: NodeForecast, epoch: EpochState): ProofState {
  const state = withAnswer(forecast, MISS_REASON.unreachable, epoch);
  if (state !== 'done' || forecast.reachable === true) return state;
  return epoch.answersClosed ? 'unjudged' : 'open';
}

function agreementState(
  {duty: {duty, note}, running}: NodeForecast,
  {answersAfter}: EpochState,
  w: SwarmEpoch['w'],
): ProofState {
  if (hasReason(running, MISS_REASON.deviant)) return 'failed';
  if (answersAfter === undefined) return 'open';
  const isCounted = note?.joining !== true && duty.roundA !== undefined && w !== undefined;
  return isCounted ? 'done' : 'unjudged';
}

function possessionState({before}: NodeForecast, phase: string): ProofState {
  if (before !== undefined) return 'failed';
  return phase === 'roundA' ? 'open' : 'done';
}

function proofsView(
  forecast: NodeForecast,
  {epoch, phase}: EpochPosition,
  w: SwarmEpoch['w'],
): ForecastProofs {
  return {
    commitment: commitmentState(forecast, phase),
    answer: answerState(forecast, epoch),
    reachability: reachabilityState(forecast, epoch),
    storage: withAnswer(forecast, MISS_REASON.storage, epoch),
    agreement: agreementState(forecast, epoch, w),
    possession: possessionState(forecast, phase),
  };
}

/** What the running epoch would judge of a node as of now. SPEC.md §7.4 to §7.9. */
export const getForecast: Method<'getForecast'> = {
  params: ['nodeId'],
  call({chain}, params) {
    const nodeId = nodeIdParam(params, 'nodeId');
    const {lastAccepted, config} = chain;
    requireServiceNode(lastAccepted.map, nodeId);
    const position = epochPosition(config, lastAccepted);
    const {epoch, times} = position;
    const all = forecastEpoch(config, lastAccepted);
    const forecast = forecastOf(all, nodeId);
    const {running, before, duty} = forecast ?? {};
    const at = duty === undefined ? undefined : {epoch: epoch.epoch, swarmId: duty.swarmId};
    const w = at === undefined ? undefined : getSwarmEpoch(lastAccepted.map, at)?.w;
    return {
      nodeId: nodeIdToString(nodeId),
      epoch: epoch.epoch.toString(),
      epochEndMs: instant(times.end),
      final: all.isFinal,
      hasDuties: running !== undefined,
      joining: duty?.note?.joining ?? false,
      deviantStreak: forecast?.deviantStreak ?? 0,
      proofs: forecast === undefined ? null : proofsView(forecast, position, w),
      running: running === undefined ? null : judgementView(running),
      previous: before === undefined ? null : judgementView(before),
      burned: ((running?.burned ?? 0n) + (before?.burned ?? 0n)).toString(),
    };
  },
};
