import type {ForecastInfo, ForecastJudgement, ForecastProofs} from '../protocol/api-forecast.ts';
import {flag, listOf, named, one, orNull, text, u64Text, whole} from './check.ts';

const proofState = one('done', 'open', 'failed', 'unjudged');

const judgement = named<ForecastJudgement>('ForecastJudgement', {
  epoch: u64Text,
  verdict: one('pass', 'miss', 'unjudged'),
  reasons: listOf(text),
  burned: u64Text,
  paidByCredit: flag,
  excused: flag,
});

/** What getForecast must answer. */
export const FORECAST = named<ForecastInfo>('ForecastInfo', {
  nodeId: text,
  epoch: u64Text,
  epochEndMs: whole,
  final: flag,
  hasDuties: flag,
  joining: flag,
  deviantStreak: whole,
  proofs: orNull(
    named<ForecastProofs>('ForecastProofs', {
      commitment: proofState,
      answer: proofState,
      reachability: proofState,
      storage: proofState,
      agreement: proofState,
      possession: proofState,
    }),
  ),
  running: orNull(judgement),
  previous: orNull(judgement),
  burned: u64Text,
});
