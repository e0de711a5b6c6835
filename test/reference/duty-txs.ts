import {sha256, tagged} from './hash.ts';
import {type Hex, u32, u64, ZERO_32} from './hex.ts';
import {dutyOf, keepsDuties, majorityOf, nodeOf, previousEpoch, swarmDuties} from './queries.ts';
import type {Duty, State, StoredSet} from './state.ts';
import type {CommitmentTx, DutyHeader, DutyTx, ResponseTx} from './transactions.ts';
import {type OpenBlock, type Phase, reach, type World} from './world.ts';

type SetAt = Pick<DutyHeader, 'networkId' | 'chainId' | 'epoch'> & {
  readonly swarmId: number;
  readonly set: StoredSet;
};

/** C. SPEC.md §7.1. */
export function commitmentHash({networkId, chainId, epoch, swarmId, set}: SetAt): Hex {
  const where = u32(networkId) + chainId + u64(epoch) + u32(swarmId);
  const counts = u64(set.recordCount) + u64(set.chunkCount) + u64(set.bytes);
  return tagged('storedSet', where + set.root + counts);
}

function isPossible({root, recordCount, chunkCount, bytes}: StoredSet): boolean {
  if (recordCount === 0n) return chunkCount === 0n && bytes === 0n;
  // All bytes but one for each of the other records in the first: as many chunks as there can be.
  const most = bytes === 0n ? recordCount : recordCount - 1n + (bytes + 1023n) / 1024n;
  if (root === ZERO_32 || chunkCount < recordCount || chunkCount > most) return false;
  return bytes <= 1024n * chunkCount;
}

export function commitmentForm({header, body}: CommitmentTx): string | undefined {
  const {revision} = header;
  if (revision !== 0 && revision !== 1) return 'TX_WRONG_REVISION';
  if (!isPossible(body.set)) return 'TX_INVALID_SET';
  const hasReveal = body.reveal !== undefined;
  const isFormed = hasReveal === (revision === 0) && (revision === 0 || body.dissent === '');
  return isFormed ? undefined : 'TX_REVEAL_FORM';
}

/** SPEC.md §5.4. */
function checkDuty(tx: DutyTx, block: OpenBlock, state: State, phase: Phase): string | undefined {
  const {epoch, nodeId} = tx.header;
  if (epoch !== state.epoch) return 'TX_WRONG_EPOCH';
  if (block.phase !== phase) return 'TX_WRONG_PHASE';
  const node = state.nodes.get(nodeId);
  if (node === undefined) return 'TX_NODE_UNKNOWN';
  const isDue = dutyOf(state, epoch, nodeId) !== undefined && keepsDuties(node, state);
  return isDue ? undefined : 'TX_NO_DUTY';
}

function runningDuty(state: State, nodeId: Hex): Duty {
  const duty = dutyOf(state, state.epoch, nodeId);
  if (duty === undefined) throw new Error(`no duty of ${nodeId}`);
  return duty;
}

/** Bytes that a dissent of this node may have. */
export function dissentLimit(state: State, nodeId: Hex): number {
  const previous = previousEpoch(state, state.epoch);
  const own = previous === undefined ? undefined : dutyOf(state, previous, nodeId);
  if (own === undefined) return 0;
  return Math.ceil(swarmDuties(state, own.epoch, own.swarmId).length / 8);
}

function checkRevision0(tx: CommitmentTx, state: State): string | undefined {
  const {nodeId} = tx.header;
  const {reveal = '', dissent} = tx.body;
  if (runningDuty(state, nodeId).roundA !== undefined) return 'TX_DUPLICATE_DUTY';
  if (sha256(reveal) !== nodeOf(state, nodeId).hashChainTip) return 'TX_WRONG_REVEAL';
  return dissent.length / 2 > dissentLimit(state, nodeId) ? 'TX_DISSENT_FORM' : undefined;
}

function checkRevision1(tx: CommitmentTx, state: State): string | undefined {
  const duty = runningDuty(state, tx.header.nodeId);
  if (duty.roundB !== undefined) return 'TX_DUPLICATE_DUTY';
  if (duty.roundA === undefined) return 'TX_NO_ROUND_A';
  const c = commitmentHash({...tx.header, ...tx.body});
  const members = swarmDuties(state, state.epoch, duty.swarmId);
  const isKnown = members.some(({roundA}) => roundA?.c === c);
  return isKnown ? undefined : 'TX_UNKNOWN_SET';
}

export function checkCommitment(tx: CommitmentTx, block: OpenBlock, world: World) {
  const {state} = world;
  const isFirst = tx.header.revision === 0;
  const problem = checkDuty(tx, block, state, isFirst ? 'roundA' : 'roundB');
  if (problem !== undefined) return problem;
  if (tx.body.swarmId !== nodeOf(state, tx.header.nodeId).swarmId) return 'TX_WRONG_SWARM';
  return isFirst ? checkRevision0(tx, state) : checkRevision1(tx, state);
}

export function applyCommitment(tx: CommitmentTx, world: World): void {
  const {nodeId, revision} = tx.header;
  const {set, reveal, dissent} = tx.body;
  const duty = runningDuty(world.state, nodeId);
  const commitment = {c: commitmentHash({...tx.header, ...tx.body}), set, txId: tx.id};
  if (revision === 1) {
    reach(world, 'R7');
    duty.roundB = commitment;
    return;
  }
  reach(world, 'R6');
  duty.roundA = commitment;
  duty.reveal = reveal;
  duty.dissent = dissent;
  if (reveal !== undefined) nodeOf(world.state, nodeId).hashChainTip = reveal;
}

export function responseForm({header}: ResponseTx): string | undefined {
  return header.revision === 0 ? undefined : 'TX_WRONG_REVISION';
}

/** SPEC.md §5.6. */
export function checkResponse(tx: ResponseTx, block: OpenBlock, {state}: World) {
  const {nodeId} = tx.header;
  const problem = checkDuty(tx, block, state, 'answers');
  if (problem !== undefined) return problem;
  const duty = runningDuty(state, nodeId);
  if (duty.answer !== undefined) return 'TX_DUPLICATE_DUTY';
  const hasW = majorityOf(state, state.epoch, duty.swarmId) !== undefined;
  return hasW || tx.body.answer === ZERO_32 ? undefined : 'TX_ANSWER_FORM';
}

export function applyResponse(tx: ResponseTx, {timestamp}: OpenBlock, world: World): void {
  reach(world, 'R8');
  const {state} = world;
  const {nodeId} = tx.header;
  runningDuty(state, nodeId).answer = {...tx.body, txId: tx.id};
  nodeOf(state, nodeId).lastPingAt = Math.floor(timestamp / 1000);
}
