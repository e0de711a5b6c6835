import type {EpochState} from '../../protocol/chain/state-records.ts';
import type {StateChange} from '../../vm/chain.ts';
import type {ExecutedBlock} from '../../vm/execute-block.ts';
import type {NodeJudgement} from '../../vm/judge.ts';
import type {ParsedBlock} from '../../vm/parsed-block.ts';
import type {ParsedTx} from '../../vm/parsed-tx.ts';
import {getDuty, swarmEpochs} from '../../vm/state/duties.ts';
import type {MerkleMap} from '../../vm/state/merkle-map.ts';
import {getEpochState} from '../../vm/state/singletons.ts';
import {deriveRecordEvents} from './derive-record-events.ts';
import {COUNT_CHANGE, type StoredEvent} from './stored-event.ts';

/** An accepted block between the states before and after it. */
export type Acceptance = {
  readonly before: MerkleMap;
  readonly executed: ExecutedBlock;
  /** Every state key that differs, once. */
  readonly changes: readonly StateChange[];
};

function blockEvent({parentId, stateRoot, txs, bytes}: ParsedBlock): StoredEvent {
  const value = {parentId, stateRoot, txCount: txs.length, size: bytes.length};
  return {type: 'block', value};
}

function swarmsWithoutMajority(map: MerkleMap, epoch: bigint): number {
  let count = 0;
  for (const [, {w}] of swarmEpochs(map, epoch)) if (w === undefined) count += 1;
  return count;
}

/** Stages that the epoch reached in this block; a late block may reach several. */
function* epochEvents(
  before: EpochState,
  after: EpochState,
  map: MerkleMap,
): Generator<StoredEvent> {
  const {epoch, dutyCount, swarmExponent, mix} = after;
  const isNew = before.epoch !== epoch;
  if (isNew) yield {type: 'epochStarted', value: {epoch, dutyCount, swarmExponent}};
  if (after.drawn && (isNew || !before.drawn)) yield {type: 'epochDrawn', value: {epoch, mix}};
  if (after.answersAfter !== undefined && (isNew || before.answersAfter === undefined)) {
    const value = {epoch, swarmsWithoutMajority: swarmsWithoutMajority(map, epoch)};
    yield {type: 'majoritiesFixed', value};
  }
  if (after.answersClosed && (isNew || !before.answersClosed)) {
    yield {type: 'answersClosed', value: {epoch}};
  }
}

function* countEvents(before: EpochState, after: EpochState): Generator<StoredEvent> {
  const next = after.nextSwarmExponent;
  if (after.swarmExponent !== before.swarmExponent) {
    const value = {change: COUNT_CHANGE.effective, swarmExponent: after.swarmExponent};
    yield {type: 'swarmCount', value};
  }
  if (next !== undefined && next !== before.nextSwarmExponent) {
    yield {type: 'swarmCount', value: {change: COUNT_CHANGE.announced, swarmExponent: next}};
  }
}

/** Misses that were booked, and those that the amnesty excused. */
export function isMiss({verdict, excused}: NodeJudgement): boolean {
  return verdict === 'miss' || excused;
}

function missEvent(judgement: NodeJudgement): StoredEvent {
  const {nodeId, epoch, reasons, burned, paidByCredit, excused} = judgement;
  return {type: 'miss', value: {nodeId, epoch, reasons, burned, paidByCredit, excused}};
}

/** C is not in the transaction: the state has it. */
function* commitmentEvent({tx}: ParsedTx, map: MerkleMap): Generator<StoredEvent> {
  const {unsigned} = tx;
  if (unsigned.type !== 'storageCommitment') return;
  const {nodeId, epoch, revision, body} = unsigned.value;
  const {swarmId} = body;
  const duty = getDuty(map, {epoch, swarmId}, nodeId);
  const commitment = revision === 0 ? duty?.roundA : duty?.roundB;
  if (commitment === undefined) return;
  yield {type: 'commitment', value: {nodeId, epoch, swarmId, revision, c: commitment.c}};
}

/**
 * What an accepted block changed, in an order that depends on the chain alone: the block, stages of
 * the epoch, misses, number of swarms, commitments, then nodes and swarms by their ids.
 */
export function deriveEvents({before, executed, changes}: Acceptance): readonly StoredEvent[] {
  const {block, map, judgements} = executed;
  const [from, to] = [getEpochState(before), getEpochState(map)];
  return [
    blockEvent(block),
    ...epochEvents(from, to, map),
    ...judgements.filter(isMiss).map(missEvent),
    ...countEvents(from, to),
    ...block.txs.flatMap((tx) => [...commitmentEvent(tx, map)]),
    ...deriveRecordEvents(before, map, changes),
  ];
}
