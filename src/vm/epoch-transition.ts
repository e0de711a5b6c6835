import {epochTimes} from '../protocol/chain/epoch-times.ts';
import type {EpochState, Totals} from '../protocol/chain/state-records.ts';
import {type ChainConfig, rulesAt} from './config.ts';
import {grantAmnesty} from './epoch/amnesty.ts';
import {assignDuties} from './epoch/assign-duties.ts';
import {bookVerdicts} from './epoch/booking.ts';
import {promoteJoining} from './epoch/joining.ts';
import {turnLeaving} from './epoch/leaving.ts';
import {placeCandidates} from './epoch/place.ts';
import {restartSwarms, servedSwarms} from './epoch/restarts.ts';
import {countServing, turnSwarmCount} from './epoch/swarm-count.ts';
import {startTransition, type Transition} from './epoch/transition.ts';
import {turnKeys} from './epoch/turn-keys.ts';
import {judgeEpoch} from './epoch/verdicts.ts';
import {countWitnesses, hearWitnesses} from './epoch/witnesses.ts';
import {judgeWrongAnswers} from './epoch/wrong-answers.ts';
import type {NodeJudgement} from './judge.ts';
import {pruneEpochsBefore} from './state/duties.ts';
import {putServiceNodes} from './state/service-nodes.ts';
import {getTotals, putTotals} from './state/singletons.ts';
import type {StateWriter} from './state/view.ts';

/** Steps 1 to 5: what the ended epoch comes to. @returns amnesties in a row. */
function judge(t: Transition): number {
  judgeWrongAnswers(t);
  const outcome = hearWitnesses(t);
  const verdicts = judgeEpoch(t, outcome.reachability);
  const amnestyStreak = grantAmnesty(t, verdicts);
  bookVerdicts(t, verdicts);
  promoteJoining(t, verdicts);
  countWitnesses(t, outcome);
  return amnestyStreak;
}

function bookTotals(totals: Totals, {bookings}: Transition): Totals {
  const {burned, unbonded, retired} = bookings;
  return {
    ...totals,
    totalBonded: totals.totalBonded - burned - unbonded,
    unbonding: totals.unbonding + unbonded,
    burnedByMisses: totals.burnedByMisses + burned,
    nodeCount: totals.nodeCount - retired,
  };
}

function writeBack(t: Transition): void {
  const changed = t.entries.filter(({node, before}) => node !== before);
  putServiceNodes(
    t.state,
    changed.map(({nodeId, node}) => [nodeId, node]),
  );
  putTotals(t.state, bookTotals(getTotals(t.state), t));
}

type Turned = {readonly epoch: EpochState; readonly judgements: readonly NodeJudgement[]};

/**
 * The first block of an epoch, before its transactions: judges the epoch that ended, moves swarms,
 * and gives out the new duties. One transition however many epochs were skipped.
 * Chain-rules §2, SPEC.md §6.3: the order of the steps is part of the rules.
 */
export function executeTransition(
  state: StateWriter,
  config: ChainConfig,
  at: {readonly ended: EpochState; readonly nextEpoch: bigint; readonly timestamp: bigint},
): Turned {
  const {ended, nextEpoch, timestamp} = at;
  const clock = {epochSeconds: config.rules.epochSeconds, genesisTimeMs: config.genesisTimeMs};
  const t = startTransition({
    state,
    endedRules: rulesAt(config, epochTimes(clock, ended.epoch).start),
    rules: rulesAt(config, timestamp),
    ended,
    nextEpoch,
    nowSeconds: timestamp / 1000n,
  });
  const [serving, served] = [countServing(t), servedSwarms(t)];
  const amnestyStreak = judge(t);
  const swarms = turnSwarmCount(t, serving);
  turnLeaving(t);
  placeCandidates(t, swarms.swarmExponent);
  restartSwarms(t, served, swarms.swarmExponent);
  turnKeys(t);
  pruneEpochsBefore(state, ended.epoch);
  const dutyCount = assignDuties(t);
  writeBack(t);
  const epoch = {
    ...ended,
    ...swarms,
    epoch: nextEpoch,
    transitions: t.transitions,
    drawn: false,
    roundABlocks: 0,
    answersAfter: undefined,
    answersClosed: false,
    dutyCount,
    amnestyStreak,
  };
  return {epoch, judgements: t.judgements};
}
