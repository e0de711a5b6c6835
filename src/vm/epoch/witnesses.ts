import {
  MIN_WITNESS_REPORTS,
  WITNESS_EXCLUSION_EPOCHS,
  WITNESS_PICKS,
} from '../../protocol/chain/limits.ts';
import {WitnessRecord} from '../../protocol/chain/sparse-records.ts';
import {nodeKey, WITNESS_PREFIX} from '../../protocol/chain/state-keys.ts';
import {encode} from '../../protocol/codec.ts';
import type {CountedReports, WitnessNode} from '../../swarm/witness-draw.ts';
import {isExcludedWitness} from '../state/node-notes.ts';
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
  const {transitions} = ended;
  return {
    witnesses: duties.filter(({nodeId}) => !isExcludedWitness(state, nodeId, transitions)),
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

/** What a report says; of those that count, in their order. */
const REPORT = {none: 0, negative: 1, positive: 2} as const;

function arrived({starts, bits}: CountedReports, witnesses: Roles['witnesses']): Uint8Array {
  const reports = new Uint8Array(bits.length);
  for (const [witness, {duty}] of witnesses.entries()) {
    if (duty.answer === undefined) continue;
    const end = starts[witness + 1] ?? 0;
    for (let i = starts[witness] ?? 0; i < end; i++) {
      const seen = bitAt(duty.answer.witness, bits[i] ?? 0);
      if (seen !== undefined) reports[i] = seen ? REPORT.positive : REPORT.negative;
    }
  }
  return reports;
}

/** How many positives make a target reachable. */
const needed = (minPeers: number, reports: number): number =>
  Math.max(1, Math.ceil((minPeers * reports) / WITNESS_PICKS));

/** What of each target becomes a report on it that agrees with the outcome; none with too few reports. */
function outcomes(
  reports: Uint8Array,
  {targets}: CountedReports,
  {count, minPeers}: {readonly count: number; readonly minPeers: number},
): Uint8Array {
  const [all, positives] = [new Uint32Array(count), new Uint32Array(count)];
  for (const [i, target] of targets.entries()) {
    if (reports[i] !== REPORT.none) all[target] = (all[target] ?? 0) + 1;
    if (reports[i] === REPORT.positive) positives[target] = (positives[target] ?? 0) + 1;
  }
  return Uint8Array.from(all, (sum, target) => {
    if (sum < MIN_WITNESS_REPORTS) return REPORT.none;
    return (positives[target] ?? 0) >= needed(minPeers, sum) ? REPORT.positive : REPORT.negative;
  });
}

/** How one witness's reports fared against what came out. */
function tallyOf(
  witness: number,
  {reports, outcome}: {readonly reports: Uint8Array; readonly outcome: Uint8Array},
  {starts, targets}: CountedReports,
): WitnessEpoch {
  const tally = {reports: 0, disagreements: 0};
  const end = starts[witness + 1] ?? 0;
  for (let i = starts[witness] ?? 0; i < end; i++) {
    const came = outcome[targets[i] ?? 0];
    if (reports[i] === REPORT.none || came === REPORT.none) continue;
    tally.reports += 1;
    if (reports[i] !== came) tally.disagreements += 1;
  }
  return tally;
}

/** Reachability of every node that enough reports arrived on. SPEC.md §7.5. */
export function hearWitnesses(t: Transition): WitnessOutcome {
  if (!t.ended.drawn || !t.ended.answersClosed) return NOTHING_SEEN;
  if (!t.duties.some(({duty: {answer}}) => answer !== undefined && answer.witness.length > 0)) {
    return NOTHING_SEEN;
  }
  const {witnesses, targets} = rolesIn(t);
  const counted = reportsOf(t, {witnesses, targets});
  const reports = arrived(counted, witnesses);
  const {minPeers} = t.endedRules;
  const outcome = outcomes(reports, counted, {count: targets.length, minPeers});
  const reachability = new Map<Entry, boolean>();
  for (const [i, {entry}] of targets.entries()) {
    if (outcome[i] !== REPORT.none) reachability.set(entry, outcome[i] === REPORT.positive);
  }
  const tallies = new Map<Entry, WitnessEpoch>();
  for (const [i, {entry}] of witnesses.entries()) {
    const tally = tallyOf(i, {reports, outcome}, counted);
    if (tally.reports > 0) tallies.set(entry, tally);
  }
  return {reachability, tallies};
}

const NO_REPORTS: WitnessEpoch = {reports: 0, disagreements: 0};

/** A record after one more epoch: those that mostly disagree are left out for a while. */
function counted(record: Uint8Array | undefined, tally: WitnessEpoch, until: bigint): Uint8Array {
  const next = withEpoch(record, tally);
  return isMostlyWrong(next) ? encode(WitnessRecord, {epochs: [], excludedUntil: until}) : next;
}

/** Books how the witnesses' reports fared. */
export function countWitnesses(t: Transition, {tallies}: WitnessOutcome): void {
  const {state, ended, transitions} = t;
  const until = transitions + WITNESS_EXCLUSION_EPOCHS;
  const changes = t.duties.flatMap(({nodeId, entry}) => {
    const key = nodeKey(WITNESS_PREFIX, nodeId);
    const [record, tally] = [state.get(key), tallies.get(entry)];
    if (record === undefined && tally === undefined) return [];
    if (record !== undefined && excludedUntilOf(record) > ended.transitions) return [];
    const next = counted(record, tally ?? NO_REPORTS, until);
    return [[key, next] as const];
  });
  state.putAll(changes);
}
