import {sha256} from '../../crypto/hash.ts';
import {bytesToKey, compareBytes, concatBytes, type Hash} from '../../protocol/bytes.ts';
import {
  MIN_WITNESS_REPORTS,
  WITNESS_EXCLUSION_EPOCHS,
  WITNESS_PICKS,
  WITNESS_WINDOW,
} from '../../protocol/chain/limits.ts';
import {u32Bytes} from '../../protocol/chain/state-keys.ts';
import {
  pickWitnesses,
  targetsByWitness,
  WitnessDraw,
  type WitnessNode,
} from '../../swarm/witness-draw.ts';
import {witnessExcludedUntil, witnessRecords} from '../state/node-notes.ts';
import {bitAt, type DutyEntry} from './duty-entries.ts';
import {requireEntry, type Transition} from './transition.ts';
import type {Reachability} from './verdicts.ts';

/** Who reports on whom in an epoch. `reports[i]` are the bits of witness i, undefined without an answer. */
export type WitnessTable = {
  readonly witnesses: readonly WitnessNode[];
  readonly targets: readonly WitnessNode[];
  /** Of each target: its candidates, as indices of witnesses. */
  readonly candidates: readonly Uint32Array[];
  /** Of each witness: its targets in order, as indices of targets. */
  readonly targetsOf: readonly Uint32Array[];
};

type TableInit = {
  readonly duties: readonly DutyEntry[];
  readonly ownerOf: (duty: DutyEntry) => WitnessNode['owner'];
  readonly isExcluded: (duty: DutyEntry) => boolean;
  readonly mix: Hash;
  readonly swarmExponent: number;
};

type TableInputs = {
  readonly witnesses: readonly WitnessNode[];
  readonly targets: readonly WitnessNode[];
  readonly mix: Hash;
  readonly swarmExponent: number;
};

const NODE_BYTES = 44;
const NOBODY = new Uint32Array();

/** NodeID, owner and swarm of each, one after the other. */
function flatten(nodes: readonly WitnessNode[]): Uint8Array {
  const bytes = new Uint8Array(nodes.length * NODE_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, {nodeId, owner, swarmId}] of nodes.entries()) {
    const at = i * NODE_BYTES;
    bytes.set(nodeId, at);
    bytes.set(owner, at + 20);
    view.setUint32(at + 40, swarmId);
  }
  return bytes;
}

/** Names a table by all that it is made of. */
function digestOf({witnesses, targets, mix, swarmExponent}: TableInputs): string {
  const counts = concatBytes(u32Bytes(witnesses.length), u32Bytes(swarmExponent));
  return bytesToKey(sha256(mix, counts, flatten(witnesses), flatten(targets)));
}

/** The last tables that were drawn: the API asks for one all through its epoch, the transition once. */
const REMEMBERED_TABLES = 2;
const remembered = new Map<string, WitnessTable>();

function drawTable(inputs: TableInputs): WitnessTable {
  const {witnesses, targets} = inputs;
  const drawn = targetsByWitness(new WitnessDraw(inputs), witnesses.length, targets);
  return {witnesses, targets, candidates: drawn.candidates, targetsOf: drawn.targets};
}

/** The draw of candidates, known from the epoch's beginning on. SPEC.md §7.5. */
export function witnessTable(init: TableInit): WitnessTable {
  const {duties, ownerOf, isExcluded, mix, swarmExponent} = init;
  const inOrder = [...duties].sort((a, b) => compareBytes(a.nodeId, b.nodeId));
  const nodeOf = (duty: DutyEntry): WitnessNode => {
    const {nodeId, swarmId} = duty;
    return {nodeId, swarmId, owner: ownerOf(duty)};
  };
  const witnesses = inOrder.filter((duty) => !isExcluded(duty)).map(nodeOf);
  const targets = inOrder.filter(({note}) => note?.joining !== true).map(nodeOf);
  const inputs = {witnesses, targets, mix, swarmExponent};
  const name = digestOf(inputs);
  const table = remembered.get(name) ?? drawTable(inputs);
  remembered.delete(name);
  remembered.set(name, table);
  for (const oldest of remembered.keys()) {
    if (remembered.size <= REMEMBERED_TABLES) break;
    remembered.delete(oldest);
  }
  return table;
}

type Tally = {reports: number; disagreements: number};
type Report = {readonly witness: number; readonly positive: boolean};

export type WitnessOutcome = {
  readonly reachability: Reachability;
  /** Counted reports of each witness, by bytesToKey. */
  readonly tallies: ReadonlyMap<string, Tally>;
};

const NOTHING_SEEN: WitnessOutcome = {reachability: new Map(), tallies: new Map()};

/** The table of the ended epoch, as it was when that began. */
function endedTable(t: Transition): WitnessTable {
  const {state, ended} = t;
  return witnessTable({
    duties: t.duties,
    ownerOf: ({nodeId}) => requireEntry(t, nodeId).node.owner,
    isExcluded: ({nodeId}) => witnessExcludedUntil(state, nodeId) > ended.transitions,
    mix: t.startMix,
    swarmExponent: ended.swarmExponent,
  });
}

/** What picked witnesses reported of one target. `bits` are those of each witness, if it answered. */
function reportsOn(
  t: Transition,
  target: number,
  {targets, candidates, targetsOf}: WitnessTable,
  bits: readonly (Uint8Array | undefined)[],
): readonly Report[] {
  const node = targets[target];
  if (node === undefined) return [];
  const reports: Report[] = [];
  for (const witness of pickWitnesses(t.ended.mix, node.nodeId, candidates[target] ?? NOBODY)) {
    const answer = bits[witness];
    if (answer === undefined) continue;
    const positive = bitAt(answer, targetsOf[witness]?.indexOf(target) ?? 0);
    if (positive !== undefined) reports.push({witness, positive});
  }
  return reports;
}

function isReachable(reports: readonly Report[], minPeers: number): boolean {
  const positives = reports.filter(({positive}) => positive).length;
  const needed = Math.ceil((minPeers * reports.length) / WITNESS_PICKS);
  return positives >= Math.max(1, needed);
}

/** Reachability of every node that enough reports arrived on. SPEC.md §7.5. */
export function hearWitnesses(t: Transition): WitnessOutcome {
  if (!t.ended.drawn || !t.ended.answersClosed) return NOTHING_SEEN;
  const answered = t.duties.flatMap(({nodeId, duty: {answer}}) =>
    answer === undefined || answer.witness.length === 0
      ? []
      : [[bytesToKey(nodeId), answer.witness] as const],
  );
  if (answered.length === 0) return NOTHING_SEEN;
  const byWitness = new Map(answered);
  const table = endedTable(t);
  const keys = table.witnesses.map(({nodeId}) => bytesToKey(nodeId));
  const bits = keys.map((key) => byWitness.get(key));
  const counts = keys.map((): Tally => ({reports: 0, disagreements: 0}));
  const reachability = new Map<string, boolean>();
  for (const [index, {nodeId}] of table.targets.entries()) {
    const reports = reportsOn(t, index, table, bits);
    if (reports.length < MIN_WITNESS_REPORTS) continue;
    const reachable = isReachable(reports, t.endedRules.minPeers);
    reachability.set(bytesToKey(nodeId), reachable);
    for (const {witness, positive} of reports) {
      const tally = counts[witness];
      if (tally === undefined) continue;
      tally.reports += 1;
      if (positive !== reachable) tally.disagreements += 1;
    }
  }
  const tallies = new Map(
    keys.flatMap((key, i) => {
      const tally = counts[i];
      return tally === undefined || tally.reports === 0 ? [] : [[key, tally] as const];
    }),
  );
  return {reachability, tallies};
}

const MAX_U16 = 0xffff;

/** Books how the witnesses' reports fared; those that mostly disagree are left out for a while. */
export function countWitnesses(t: Transition, {tallies}: WitnessOutcome): void {
  const {state, transitions} = t;
  for (const {nodeId} of t.duties) {
    const key = bytesToKey(nodeId);
    const tally = tallies.get(key);
    if (tally === undefined && !witnessRecords.has(state, nodeId)) continue;
    const record = witnessRecords.get(state, nodeId);
    if (record.excludedUntil > t.ended.transitions) continue;
    const {reports, disagreements} = tally ?? {reports: 0, disagreements: 0};
    const entry = {
      reports: Math.min(MAX_U16, reports),
      disagreements: Math.min(MAX_U16, disagreements),
    };
    const epochs = [...record.epochs, entry].slice(-WITNESS_WINDOW);
    let [all, against] = [0, 0];
    for (const each of epochs) {
      all += each.reports;
      against += each.disagreements;
    }
    const isBad = epochs.length === WITNESS_WINDOW && against * 2 > all;
    const excludedUntil = transitions + WITNESS_EXCLUSION_EPOCHS;
    witnessRecords.put(state, nodeId, isBad ? {epochs: [], excludedUntil} : {...record, epochs});
  }
}
