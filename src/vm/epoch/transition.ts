import {bytesToKey, type Hash, type NodeId} from '../../protocol/bytes.ts';
import {DECOMMISSION_EPOCHS} from '../../protocol/chain/limits.ts';
import type {Rules} from '../../protocol/chain/rules.ts';
import {
  type EpochState,
  type LEAVING,
  type ServiceNode,
  STATUS,
  type SwarmEpoch,
} from '../../protocol/chain/state-records.ts';
import {InvariantError} from '../../protocol/errors.ts';
import type {NodeJudgement} from '../judge.ts';
import {swarmEpochs} from '../state/duties.ts';
import {leavingRecords} from '../state/node-notes.ts';
import {unretiredNodes} from '../state/service-nodes.ts';
import type {StateWriter} from '../state/view.ts';
import {type DutyEntry, dutiesOf} from './duty-entries.ts';

/** One node under transition: its record before and now. */
export type Entry = {readonly nodeId: NodeId; readonly before: ServiceNode; node: ServiceNode};

/** A duty of the ended epoch, and whose it was. */
export type OwnedDuty = DutyEntry & {readonly entry: Entry};

/** Sums that a transition moves, base units. */
export type Bookings = {burned: bigint; unbonded: bigint; retired: number};

/** What all steps of one transition share. SPEC.md §6.3. */
export type Transition = {
  readonly state: StateWriter;
  /** Rules of the epoch that ended, and of the one that begins. */
  readonly endedRules: Rules;
  readonly rules: Rules;
  /** p, as it ended. */
  readonly ended: EpochState;
  /** e. */
  readonly nextEpoch: bigint;
  /** n: the number of this transition. */
  readonly transitions: bigint;
  /** Time of the block that makes it, Unix seconds. */
  readonly nowSeconds: bigint;
  /** M: the mix as it was when p began. */
  readonly startMix: Hash;
  /** All nodes that are not retired, in NodeID order. */
  readonly entries: readonly Entry[];
  readonly byId: ReadonlyMap<string, Entry>;
  /** Duty records of p, in NodeID order. */
  readonly duties: readonly OwnedDuty[];
  /** Swarms with duties in p. */
  readonly swarms: ReadonlyMap<number, SwarmEpoch>;
  readonly judgements: NodeJudgement[];
  readonly bookings: Bookings;
};

export type TransitionInit = Pick<
  Transition,
  'state' | 'endedRules' | 'rules' | 'ended' | 'nextEpoch' | 'nowSeconds'
>;

/** Duties of an epoch with the nodes that have them, in the order of these. */
function ownedDuties(
  {entries, byId}: Pick<Transition, 'entries' | 'byId'>,
  duties: readonly DutyEntry[],
): OwnedDuty[] {
  const ofEntry = new Map(duties.map((duty) => [requireEntry({byId}, duty.nodeId), duty]));
  return entries.flatMap((entry) => {
    const duty = ofEntry.get(entry);
    return duty === undefined ? [] : [{...duty, entry}];
  });
}

export function startTransition(init: TransitionInit): Transition {
  const {state, ended} = init;
  const entries = [...unretiredNodes(state)].map(
    ([nodeId, node]): Entry => ({nodeId, before: node, node}),
  );
  const byId = new Map(entries.map((entry) => [bytesToKey(entry.nodeId), entry]));
  return {
    ...init,
    transitions: ended.transitions + 1n,
    startMix: ended.drawn ? ended.previousMix : ended.mix,
    entries,
    byId,
    duties: ownedDuties({entries, byId}, dutiesOf(state, ended.epoch)),
    swarms: new Map(swarmEpochs(state, ended.epoch)),
    judgements: [],
    bookings: {burned: 0n, unbonded: 0n, retired: 0},
  };
}

export function findEntry({byId}: Pick<Transition, 'byId'>, nodeId: NodeId): Entry | undefined {
  return byId.get(bytesToKey(nodeId));
}

/** For nodes that have a seat or a duty: their record exists by construction. */
export function requireEntry(t: Pick<Transition, 'byId'>, nodeId: NodeId): Entry {
  const entry = findEntry(t, nodeId);
  if (entry === undefined) throw new InvariantError('a duty without a node');
  return entry;
}

type Penalty = typeof LEAVING.misses | typeof LEAVING.evidence | typeof LEAVING.joinTimeout;

/** Ends a node's duties by penalty; its clock of 24 epochs begins. */
export function decommission(t: Transition, entry: Entry, leaving: Penalty): void {
  const {state, transitions} = t;
  entry.node = {
    ...entry.node,
    status: STATUS.decommissioning,
    leaving,
    retiresAtTransition: transitions + DECOMMISSION_EPOCHS,
  };
  const record = leavingRecords.get(state, entry.nodeId);
  if (record.queuedAt === undefined) return;
  leavingRecords.put(state, entry.nodeId, {...record, queuedAt: undefined});
}
