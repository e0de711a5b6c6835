import {bytesToKey, type NodeId} from '../protocol/bytes.ts';
import {epochTimes} from '../protocol/chain/epoch-times.ts';
import {UNASSIGNED_SWARM} from '../protocol/chain/limits.ts';
import type {Rules} from '../protocol/chain/rules.ts';
import {
  type EpochState,
  LEAVING,
  SEAT,
  type ServiceNode,
  STATUS,
  type Totals,
} from '../protocol/chain/state-records.ts';
import {placeNodes} from '../swarm/placement.ts';
import {type ChainConfig, rulesAt} from './config.ts';
import {bookJudgement, judgeDuty, type NodeJudgement} from './judge.ts';
import {getDuty, NO_DUTY_DONE, pruneEpochsBefore, putDuty, putSwarmEpoch} from './state/duties.ts';
import {deleteSeat, putSeat} from './state/seats.ts';
import {putServiceNode, serviceNodes} from './state/service-nodes.ts';
import {getTotals, putTotals} from './state/singletons.ts';
import type {StateWriter} from './state/view.ts';

/** One node under transition: its record before and now. */
type Entry = {readonly nodeId: NodeId; readonly before: ServiceNode; node: ServiceNode};

type Transition = {
  /** Rules of the epoch that begins; of the one that ended. */
  readonly rules: Rules;
  readonly endedRules: Rules;
  /** The epoch that ends. */
  readonly ended: EpochState;
  readonly nextEpoch: bigint;
  /** Number of this transition. */
  readonly transitions: bigint;
  /** Time of the block that makes it, Unix seconds. */
  readonly nowSeconds: bigint;
};

function judge(
  state: StateWriter,
  entries: readonly Entry[],
  t: Transition,
): readonly NodeJudgement[] {
  const rules = t.endedRules;
  const {epoch} = t.ended;
  const judgements: NodeJudgement[] = [];
  for (const entry of entries) {
    const duty = getDuty(state, {epoch, swarmId: entry.node.swarmId}, entry.nodeId);
    if (duty === undefined) continue;
    const judgement = judgeDuty(duty, t.ended, rules);
    const booked = bookJudgement(entry.node, judgement, {epoch, transitions: t.transitions, rules});
    judgements.push({
      nodeId: entry.nodeId,
      epoch,
      verdict: judgement.verdict,
      reasons: judgement.verdict === 'miss' ? judgement.reasons : 0,
      burned: booked.burned,
      paidByCredit: judgement.verdict === 'miss' && booked.burned === 0n && entry.node.credit > 0,
      excused: false,
    });
    entry.node = booked.node;
  }
  return judgements;
}

/** Nodes whose leaving is over, or that leave without ever having had a seat. */
function retire(state: StateWriter, entries: readonly Entry[], t: Transition): bigint {
  let unbonded = 0n;
  for (const entry of entries) {
    const {node, nodeId} = entry;
    if (node.status !== STATUS.decommissioning) continue;
    if (node.seat !== SEAT.none && node.retiresAtTransition > t.transitions) continue;
    if (node.seat !== SEAT.none) deleteSeat(state, node.swarmId, nodeId);
    unbonded += node.stake;
    entry.node = {
      ...node,
      status: STATUS.retired,
      seat: SEAT.none,
      swarmId: UNASSIGNED_SWARM,
      unbondsAt: t.nowSeconds + BigInt(t.rules.unbondingSeconds),
    };
  }
  return unbonded;
}

/** Seats the nodes registered before the epoch that drew the mix. Chain-rules §7. */
function place(state: StateWriter, entries: readonly Entry[], t: Transition): void {
  if (!t.ended.drawn) return;
  const waiting = new Map<string, Entry>();
  const candidates = [];
  const seated = [];
  for (const entry of entries) {
    const {nodeId, node} = entry;
    if (node.seat !== SEAT.none) {
      seated.push({swarmId: node.swarmId, owner: node.owner});
    } else if (node.status === STATUS.active && node.registeredEpoch < t.ended.epoch) {
      candidates.push({nodeId, owner: node.owner});
      waiting.set(bytesToKey(nodeId), entry);
    }
  }
  const placements = placeNodes({
    mix: t.ended.mix,
    swarmExponent: t.ended.swarmExponent,
    seatsPerEpoch: t.rules.seatsPerEpoch,
    seated,
    candidates,
  });
  for (const {nodeId, swarmId} of placements) {
    const entry = waiting.get(bytesToKey(nodeId));
    if (entry === undefined) continue;
    putSeat(state, {swarmId, nodeId}, {since: t.nextEpoch});
    entry.node = {...entry.node, swarmId, seat: SEAT.serving};
  }
}

/** All seated nodes have duties but those that leave by penalty. Chain-rules §6. */
function hasDuties({status, seat, leaving}: ServiceNode): boolean {
  if (seat === SEAT.none) return false;
  return (
    status === STATUS.active || (status === STATUS.decommissioning && leaving === LEAVING.wish)
  );
}

function assignDuties(state: StateWriter, entries: readonly Entry[], epoch: bigint): number {
  const perSwarm = new Map<number, number>();
  let count = 0;
  for (const {nodeId, node} of entries) {
    if (!hasDuties(node)) continue;
    const {swarmId} = node;
    putDuty(state, {epoch, swarmId, nodeId}, NO_DUTY_DONE);
    perSwarm.set(swarmId, (perSwarm.get(swarmId) ?? 0) + 1);
    count += 1;
  }
  for (const [swarmId, dutyCount] of perSwarm) {
    putSwarmEpoch(state, {epoch, swarmId}, {dutyCount, w: undefined});
  }
  return count;
}

function bookTotals(
  totals: Totals,
  {burned, unbonded, retired}: {burned: bigint; unbonded: bigint; retired: number},
): Totals {
  return {
    ...totals,
    totalBonded: totals.totalBonded - burned - unbonded,
    unbonding: totals.unbonding + unbonded,
    burnedByMisses: totals.burnedByMisses + burned,
    nodeCount: totals.nodeCount - retired,
  };
}

/**
 * The first block of an epoch, before its transactions: judges the epoch that ended, retires,
 * places, and gives out the new duties. One transition however many epochs were skipped.
 * Chain-rules §2, SPEC.md §6.3.
 */
export function executeTransition(
  state: StateWriter,
  config: ChainConfig,
  at: {readonly ended: EpochState; readonly nextEpoch: bigint; readonly timestamp: bigint},
): {readonly epoch: EpochState; readonly judgements: readonly NodeJudgement[]} {
  const {ended, nextEpoch} = at;
  const transitions = ended.transitions + 1n;
  const clock = {epochSeconds: config.rules.epochSeconds, genesisTimeMs: config.genesisTimeMs};
  const t: Transition = {
    rules: rulesAt(config, at.timestamp),
    endedRules: rulesAt(config, epochTimes(clock, ended.epoch).start),
    ended,
    nextEpoch,
    transitions,
    nowSeconds: at.timestamp / 1000n,
  };
  const entries = [...serviceNodes(state)].map(
    ([nodeId, node]): Entry => ({nodeId, before: node, node}),
  );
  const judgements = judge(state, entries, t);
  const burned = judgements.reduce((sum, judgement) => sum + judgement.burned, 0n);
  const unbonded = retire(state, entries, t);
  place(state, entries, t);
  pruneEpochsBefore(state, ended.epoch);
  const dutyCount = assignDuties(state, entries, nextEpoch);
  let retired = 0;
  for (const {nodeId, before, node} of entries) {
    if (node === before) continue;
    putServiceNode(state, nodeId, node);
    if (node.status === STATUS.retired) retired += 1;
  }
  putTotals(state, bookTotals(getTotals(state), {burned, unbonded, retired}));
  const epoch = {
    ...ended,
    epoch: nextEpoch,
    transitions,
    drawn: false,
    roundABlocks: 0,
    answersAfter: undefined,
    answersClosed: false,
    dutyCount,
  };
  return {epoch, judgements};
}
