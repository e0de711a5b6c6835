import {bytesToKey} from '../../protocol/bytes.ts';
import {
  MIN_WITNESS_REPORTS,
  WITNESS_EXCLUSION_EPOCHS,
  WITNESS_PICKS,
} from '../../protocol/chain/limits.ts';
import {nodeKey, WITNESS_PREFIX} from '../../protocol/chain/state-keys.ts';
import type {CountedReports, WitnessNode} from '../../swarm/witness-draw.ts';
import {excludedWitnesses, witnessRecords} from '../state/node-notes.ts';
import {
  excludedUntilOf,
  isMostlyWrong,
  type WitnessEpoch,
  withEpoch,
} from '../state/witness-window.ts';
import {bitAt} from './duty-entries.ts';
import type {Entry, OwnedDuty, Transition} from './transition.ts';
import type {Reachability} from './verdicts.ts';
import {countedIn, witnessTable} from './witness-table.ts';

export type WitnessOutcome = {
  readonly reachability: Reachability;
  /** Of every witness with a report that counts. */
  readonly tallies: ReadonlyMap<Entry, WitnessEpoch>;
};

const NOTHING_SEEN: WitnessOutcome = {reachability: new Map(), tallies: new Map()};

/** Who could report, and on whom, in the ended epoch. In NodeID order, as the table has them. */
type Roles = {readonly witnesses: readonly OwnedDuty[]; readonly targets: readonly OwnedDuty[]};

function rolesIn({state, ended, duties}: Transition): Roles {
  const excluded = excludedWitnesses(state, ended.transitions);
  return {
    witnesses: duties.filter(({nodeId}) => !excluded.has(bytesToKey(nodeId))),
    targets: duties.filter(({note}) => note?.joining !== true),
  };
}

const nodeOf = ({nodeId, swarmId, entry}: OwnedDuty): WitnessNode => {
  return {nodeId, swarmId, owner: entry.node.owner};
};

/** Where the reports are that count, by the table as it was when the epoch began. */
function reportsOf(
  {ended, startMix: mix}: Transition,
  {witnesses, targets}: Roles,
): CountedReports {
  const nodes = {witnesses: witnesses.map(nodeOf), targets: targets.map(nodeOf)};
  const {swarmExponent} = ended;
  return countedIn(witnessTable({...nodes, mix, swarmExponent}), ended.mix);
}

/** One report that counts and has arrived; witness and target by their index. */
type Report = {readonly witness: number; readonly target: number; readonly positive: boolean};

function arrived({starts, targets, bits}: CountedReports, witnesses: Roles['witnesses']): Report[] {
  const reports: Report[] = [];
  for (const [witness, {duty}] of witnesses.entries()) {
    if (duty.answer === undefined) continue;
    const end = starts[witness + 1] ?? 0;
    for (let at = starts[witness] ?? 0; at < end; at++) {
      const positive = bitAt(duty.answer.witness, bits[at] ?? 0);
      if (positive !== undefined) reports.push({witness, target: targets[at] ?? 0, positive});
    }
  }
  return reports;
}

/** How many positives make a target reachable. */
const needed = (minPeers: number, reports: number): number =>
  Math.max(1, Math.ceil((minPeers * reports) / WITNESS_PICKS));

/** What the reports on each target come to; undefined with too few. */
function outcomes(
  reports: readonly Report[],
  count: number,
  minPeers: number,
): (boolean | undefined)[] {
  const [all, positives] = [new Uint32Array(count), new Uint32Array(count)];
  for (const {target, positive} of reports) {
    all[target] = (all[target] ?? 0) + 1;
    if (positive) positives[target] = (positives[target] ?? 0) + 1;
  }
  return Array.from(all, (sum, target) =>
    sum < MIN_WITNESS_REPORTS ? undefined : (positives[target] ?? 0) >= needed(minPeers, sum),
  );
}

function talliesOf(
  reports: readonly Report[],
  outcome: readonly (boolean | undefined)[],
  witnesses: Roles['witnesses'],
): ReadonlyMap<Entry, WitnessEpoch> {
  const count = witnesses.length;
  const [all, disagreements] = [new Uint32Array(count), new Uint32Array(count)];
  for (const {witness, target, positive} of reports) {
    if (outcome[target] === undefined) continue;
    all[witness] = (all[witness] ?? 0) + 1;
    if (positive !== outcome[target]) disagreements[witness] = (disagreements[witness] ?? 0) + 1;
  }
  const tallies = new Map<Entry, WitnessEpoch>();
  for (const [i, {entry}] of witnesses.entries()) {
    const sum = all[i] ?? 0;
    if (sum > 0) tallies.set(entry, {reports: sum, disagreements: disagreements[i] ?? 0});
  }
  return tallies;
}

/** Reachability of every node that enough reports arrived on. SPEC.md §7.5. */
export function hearWitnesses(t: Transition): WitnessOutcome {
  if (!t.ended.drawn || !t.ended.answersClosed) return NOTHING_SEEN;
  if (!t.duties.some(({duty: {answer}}) => answer !== undefined && answer.witness.length > 0)) {
    return NOTHING_SEEN;
  }
  const {witnesses, targets} = rolesIn(t);
  const reports = arrived(reportsOf(t, {witnesses, targets}), witnesses);
  const outcome = outcomes(reports, targets.length, t.endedRules.minPeers);
  const reachability = new Map<Entry, boolean>();
  for (const [i, {entry}] of targets.entries()) {
    const reachable = outcome[i];
    if (reachable !== undefined) reachability.set(entry, reachable);
  }
  return {reachability, tallies: talliesOf(reports, outcome, witnesses)};
}

const NO_REPORTS: WitnessEpoch = {reports: 0, disagreements: 0};

/** Books how the witnesses' reports fared; those that mostly disagree are left out for a while. */
export function countWitnesses(t: Transition, {tallies}: WitnessOutcome): void {
  const {state, transitions} = t;
  for (const {nodeId, entry} of t.duties) {
    const key = nodeKey(WITNESS_PREFIX, nodeId);
    const record = state.get(key);
    const tally = tallies.get(entry);
    if (tally === undefined && record === undefined) continue;
    if (record !== undefined && excludedUntilOf(record) > t.ended.transitions) continue;
    const next = withEpoch(record, tally ?? NO_REPORTS);
    if (!isMostlyWrong(next)) state.put(key, next);
    else {
      const excludedUntil = transitions + WITNESS_EXCLUSION_EPOCHS;
      witnessRecords.put(state, nodeId, {epochs: [], excludedUntil});
    }
  }
}
