import {sha256} from '../../crypto/hash.ts';
import {
  bytesToKey,
  compareBytes,
  concatBytes,
  equalBytes,
  type Hash,
} from '../../protocol/bytes.ts';
import {DUTY_NOTE_PREFIX, epochPrefix, u32Bytes} from '../../protocol/chain/state-keys.ts';
import type {EpochState} from '../../protocol/chain/state-records.ts';
import {
  type CountedReports,
  countedReports,
  targetsByWitness,
  WitnessDraw,
  type WitnessNode,
} from '../../swarm/witness-draw.ts';
import {dutyNotes} from '../state/duties.ts';
import {isExcludedWitness} from '../state/node-notes.ts';
import {ownerOf} from '../state/service-nodes.ts';
import type {StateReader} from '../state/view.ts';
import {dutyHolders} from './duty-entries.ts';

/** Who may report on whom in an epoch. */
export type WitnessTable = {
  readonly witnesses: readonly WitnessNode[];
  readonly targets: readonly WitnessNode[];
  /** Of each target: its candidates, as indices of witnesses. */
  readonly candidates: readonly Uint32Array[];
  /** Of each witness: its targets in order, as indices of targets. */
  readonly targetsOf: readonly Uint32Array[];
};

type TableInputs = {
  readonly witnesses: readonly WitnessNode[];
  readonly targets: readonly WitnessNode[];
  readonly mix: Hash;
  readonly swarmExponent: number;
};

const NODE_BYTES = 44;

/** NodeID, owner and swarm of each, one after the other. */
function flatten(nodes: readonly WitnessNode[]): Uint8Array {
  const bytes = new Uint8Array(nodes.length * NODE_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const {nodeId, owner, swarmId} of nodes) {
    bytes.set(nodeId, at);
    bytes.set(owner, at + 20);
    view.setUint32(at + 40, swarmId);
    at += NODE_BYTES;
  }
  return bytes;
}

/** Names a table by all that it is made of. */
function digestOf({witnesses, targets, mix, swarmExponent}: TableInputs): string {
  const counts = concatBytes(u32Bytes(witnesses.length), u32Bytes(swarmExponent));
  return bytesToKey(sha256(mix, counts, flatten(witnesses), flatten(targets)));
}

/** The last tables that were drawn: the API asks for one all through its epoch, the chain twice. */
const REMEMBERED_TABLES = 2;
const remembered = new Map<string, WitnessTable>();

function drawTable(inputs: TableInputs): WitnessTable {
  const {witnesses, targets} = inputs;
  const drawn = targetsByWitness(new WitnessDraw(inputs), witnesses.length, targets);
  return {witnesses, targets, candidates: drawn.candidates, targetsOf: drawn.targets};
}

/** The draw of candidates. SPEC.md §7.5. @param inputs with witnesses and targets in NodeID order */
export function witnessTable(inputs: TableInputs): WitnessTable {
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

/** The table of the running epoch; it is known from its beginning on. */
export function runningTable(state: StateReader, running: EpochState): WitnessTable {
  const {epoch, transitions, swarmExponent, drawn, mix, previousMix} = running;
  const holders = dutyHolders(state, epoch).sort((a, b) => compareBytes(a.nodeId, b.nodeId));
  const notes = dutyNotes(state, epochPrefix(DUTY_NOTE_PREFIX, epoch));
  const nodes = holders.map((holder) => ({...holder, owner: ownerOf(state, holder.nodeId)}));
  const witnesses = nodes.filter(({nodeId}) => !isExcludedWitness(state, nodeId, transitions));
  const targets = nodes.filter(({nodeId}) => notes.get(bytesToKey(nodeId))?.joining !== true);
  return witnessTable({witnesses, targets, mix: drawn ? previousMix : mix, swarmExponent});
}

/** The reports that count in the newest epoch of each table, by the mix that picked them. */
const counted = new WeakMap<WitnessTable, {readonly mix: Hash; readonly reports: CountedReports}>();

/** Which bits of which witness count, known from the draw of the epoch's mix on. SPEC.md §7.5. */
export function countedIn(table: WitnessTable, mix: Hash): CountedReports {
  const known = counted.get(table);
  if (known !== undefined && equalBytes(known.mix, mix)) return known.reports;
  const reports = countedReports(mix, table);
  counted.set(table, {mix, reports});
  return reports;
}

/**
 * Draws and picks when the last of the seeds has become known. PERF: the turn of the epoch has much else to
 * do, and finds both remembered; where they are not, it does the same itself.
 */
export function prepareWitnesses(state: StateReader, running: EpochState): void {
  countedIn(runningTable(state, running), running.mix);
}
