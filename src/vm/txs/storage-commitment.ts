import {sha256} from '../../crypto/hash.ts';
import {equalBytes, type Hash} from '../../protocol/bytes.ts';
import type {SwarmInEpoch} from '../../protocol/chain/state-keys.ts';
import {SEAT} from '../../protocol/chain/state-records.ts';
import type {StorageCommitment, StoredSet} from '../../protocol/chain/storage-commitment.ts';
import {InvariantError} from '../../protocol/errors.ts';
import {TxError} from '../errors.ts';
import {
  countDuties,
  getDuty,
  getTally,
  previousDutyEpoch,
  putDuty,
  putTally,
  swarmDuties,
  swarmEpochs,
} from '../state/duties.ts';
import {putServiceNode} from '../state/service-nodes.ts';
import type {StateReader, StateWriter} from '../state/view.ts';
import {commitmentOf, isPossibleSet} from '../stored-set.ts';
import type {DutyContext, DutyTxType} from './tx-type.ts';

const ROUND_A = 0;
const ROUND_B = 1;

const phaseFor = (revision: number) => (revision === ROUND_A ? 'roundA' : 'roundB');

/** Bits that a node's dissent may have: one per member of its swarm in the epoch before. */
function dissentBits({state, nodeId, own: {at}}: DutyContext): number {
  const epoch = previousDutyEpoch(state, at.epoch);
  if (epoch === undefined) return 0;
  const then = {epoch, swarmId: at.swarmId};
  if (getDuty(state, then, nodeId) !== undefined) return countDuties(state, then);
  // It has moved since, by a split or a merge.
  for (const [swarmId] of swarmEpochs(state, epoch)) {
    const other = {epoch, swarmId};
    if (getDuty(state, other, nodeId) !== undefined) return countDuties(state, other);
  }
  return 0;
}

function verifyRoundA({reveal, dissent}: StorageCommitment, context: DutyContext): void {
  const {node, duty} = context.own;
  if (duty.roundA !== undefined) throw new TxError('TX_DUPLICATE_DUTY');
  if (reveal === undefined || !equalBytes(sha256(reveal), node.hashChainTip)) {
    throw new TxError('TX_WRONG_REVEAL');
  }
  // Most have nothing to dissent from, and the epoch before is not looked up for them.
  if (dissent.length > 0 && dissent.length > Math.ceil(dissentBits(context) / 8)) {
    throw new TxError('TX_DISSENT_FORM', {bytes: dissent.length});
  }
}

/** Whether a member committed to this C in round A: a joining one counts in no tally, and is one all the same. */
function wasPosted(state: StateReader, at: SwarmInEpoch, c: Hash): boolean {
  if ((getTally(state, at, c)?.roundA ?? 0) > 0) return true;
  for (const [, {roundA}] of swarmDuties(state, at)) {
    if (roundA !== undefined && equalBytes(roundA.c, c)) return true;
  }
  return false;
}

function verifyRoundB(body: StorageCommitment, context: DutyContext): void {
  const {at, duty} = context.own;
  if (duty.roundB !== undefined) throw new TxError('TX_DUPLICATE_DUTY');
  if (duty.roundA === undefined) throw new TxError('TX_NO_ROUND_A');
  const c = commitmentOf(context.config, at, body.set);
  if (!wasPosted(context.state, at, c)) throw new TxError('TX_UNKNOWN_SET');
}

function executeRoundA(
  {set, reveal, dissent}: StorageCommitment,
  {state, config, nodeId, txId, own: {at, node, duty}}: DutyContext,
): void {
  if (reveal === undefined) throw new InvariantError('round A without a reveal');
  const c = commitmentOf(config, at, set);
  if (node.seat !== SEAT.joining) {
    const tally = getTally(state, at, c) ?? {set, roundA: 0, ended: 0};
    putTally(state, {...at, c}, {set, roundA: tally.roundA + 1, ended: tally.ended + 1});
  }
  putDuty(state, {...at, nodeId}, {...duty, roundA: {c, txId}, reveal, dissent});
  putServiceNode(state, nodeId, {...node, hashChainTip: reveal});
}

/** Moves a member that is counted from the C of its revision 0 to that of its revision 1. */
function moveEnded(
  state: StateWriter,
  at: SwarmInEpoch,
  {from, to, set}: {readonly from: Hash; readonly to: Hash; readonly set: StoredSet},
): void {
  const left = getTally(state, at, from);
  if (left === undefined) throw new InvariantError('commitment without a tally');
  putTally(state, {...at, c: from}, {...left, ended: left.ended - 1});
  // What only joining members posted has no tally yet.
  const joined = getTally(state, at, to) ?? {set, roundA: 0, ended: 0};
  putTally(state, {...at, c: to}, {...joined, ended: joined.ended + 1});
}

function executeRoundB(
  {set}: StorageCommitment,
  {state, config, nodeId, txId, own: {at, node, duty}}: DutyContext,
): void {
  if (duty.roundA === undefined) throw new InvariantError('round B without round A');
  const c = commitmentOf(config, at, set);
  if (node.seat !== SEAT.joining) moveEnded(state, at, {from: duty.roundA.c, to: c, set});
  putDuty(state, {...at, nodeId}, {...duty, roundB: {c, txId}});
}

/**
 * SPEC.md §5.5. Revision 0 in round A brings the reveal; revision 1 in round B moves to a posted set.
 * Joining members commit as all do, and count in no tally.
 */
export const storageCommitment: DutyTxType<StorageCommitment> = {
  phase: phaseFor,
  verifySyntactic({set, reveal, dissent}, {revision}) {
    if (revision !== ROUND_A && revision !== ROUND_B) throw new TxError('TX_WRONG_REVISION');
    if (!isPossibleSet(set)) throw new TxError('TX_INVALID_SET');
    const isFirst = revision === ROUND_A;
    if (isFirst !== (reveal !== undefined)) throw new TxError('TX_REVEAL_FORM');
    if (!isFirst && dissent.length > 0) throw new TxError('TX_REVEAL_FORM');
  },
  verifySemantic(body, context) {
    if (body.swarmId !== context.own.at.swarmId) throw new TxError('TX_WRONG_SWARM');
    if (context.revision === ROUND_A) verifyRoundA(body, context);
    else verifyRoundB(body, context);
  },
  execute(body, context) {
    if (context.revision === ROUND_A) executeRoundA(body, context);
    else executeRoundB(body, context);
  },
};
