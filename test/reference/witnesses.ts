import {fairDraw, tagged, wordsOf} from './hash.ts';
import {bitAt, type Hex, u32} from './hex.ts';
import {dutiesOf, nodeOf, swarmCount} from './queries.ts';
import type {Duty, State} from './state.ts';
import {reach, type World} from './world.ts';

const MAX_CANDIDATES = 64;
const MAX_PICKED = 8;
const MAX_HASHES = 128;
const MAX_TARGETS = 1024;
const MIN_REPORTS = 3;
const KEPT_ENTRIES = 30;

type Report = {readonly witness: Duty; readonly isPositive: boolean};

/** What the witnesses say about one target. */
export type Outcome = {
  readonly target: Duty;
  /** undefined: unjudged. */
  readonly isReachable: boolean | undefined;
  /** Arrived reports of picked witnesses. */
  readonly reports: readonly Report[];
};

/** The mix as it was when the running epoch began. */
export const mixAtStart = ({drawn, mix, previousMix}: State): Hex => (drawn ? previousMix : mix);

/** Witnesses of the running epoch, in NodeID order. */
export function witnessesOf(state: State): Duty[] {
  return dutiesOf(state, state.epoch).filter(
    ({nodeId}) => nodeOf(state, nodeId).excludedUntil <= state.transitions,
  );
}

export function targetsOf(state: State): Duty[] {
  return dutiesOf(state, state.epoch).filter(({joining}) => !joining);
}

function isEligible(state: State, witness: Duty, target: Duty): boolean {
  const owners = [witness, target].map(({nodeId}) => nodeOf(state, nodeId).owner);
  if (owners[0] === owners[1]) return false;
  return swarmCount(state) < 2 || witness.swarmId !== target.swarmId;
}

/** Words of hashes, each read as a fair draw among n, for as long as somebody asks. */
function* draws(tag: 'witnessDraw' | 'witnessPick', seed: Hex, n: number): Generator<number> {
  for (let counter = 0; counter < MAX_HASHES; counter++) {
    for (const word of wordsOf(tagged(tag, seed + u32(counter)))) {
      const drawn = fairDraw(word, n);
      if (drawn !== undefined) yield drawn;
    }
  }
}

/** Candidates of a target, in NodeID order. */
function candidatesOf(world: World, witnesses: readonly Duty[], target: Duty): readonly Duty[] {
  const {state} = world;
  const eligible = witnesses.filter((witness) => isEligible(state, witness, target));
  if (eligible.length <= MAX_CANDIDATES) {
    reach(world, 'R48');
    return eligible;
  }
  reach(world, 'R49');
  const chosen = new Set<Duty>();
  for (const i of draws('witnessDraw', mixAtStart(state) + target.nodeId, witnesses.length)) {
    const witness = witnesses[i];
    if (witness !== undefined && eligible.includes(witness)) chosen.add(witness);
    if (chosen.size === MAX_CANDIDATES) break;
  }
  return eligible.filter((witness) => chosen.has(witness));
}

function pick(world: World, candidates: readonly Duty[], target: Duty): readonly Duty[] {
  if (candidates.length <= MAX_PICKED) return candidates;
  reach(world, 'R50');
  const picked = new Set<number>();
  for (const i of draws('witnessPick', world.state.mix + target.nodeId, candidates.length)) {
    picked.add(i);
    if (picked.size === MAX_PICKED) break;
  }
  return candidates.filter((_, i) => picked.has(i));
}

function judge(reports: readonly Report[], minPeers: number): boolean | undefined {
  const r = reports.length;
  if (r < MIN_REPORTS) return undefined;
  const positives = reports.filter(({isPositive}) => isPositive).length;
  return positives >= Math.max(1, Math.ceil((minPeers * r) / 8));
}

/** Outcomes of the running epoch, by target; none unless it drew and its window closed. §7.5. */
export function outcomesOf(world: World, minPeers: number): Map<Hex, Outcome> {
  const {state} = world;
  const outcomes = new Map<Hex, Outcome>();
  if (!state.drawn || !state.answersClosed) return outcomes;
  const witnesses = witnessesOf(state);
  /** Targets that each witness has had so far: the number of its next one. */
  const numbers = new Map<Hex, number>();
  for (const target of targetsOf(state)) {
    const candidates = candidatesOf(world, witnesses, target);
    const reported = new Map<Duty, boolean>();
    for (const witness of candidates) {
      const number = numbers.get(witness.nodeId) ?? 0;
      numbers.set(witness.nodeId, number + 1);
      const bit = bitAt(witness.answer?.witness ?? '', number);
      if (bit !== undefined && number < MAX_TARGETS) reported.set(witness, bit);
    }
    const reports = pick(world, candidates, target).flatMap((witness) => {
      const isPositive = reported.get(witness);
      return isPositive === undefined ? [] : [{witness, isPositive}];
    });
    outcomes.set(target.nodeId, {target, isReachable: judge(reports, minPeers), reports});
  }
  return outcomes;
}

/** Step 5: entries of the witnesses, and those who are excluded. */
export function countWitnesses(
  world: World,
  outcomes: ReadonlyMap<Hex, Outcome>,
  transition: number,
): void {
  const {state} = world;
  const judged = [...outcomes.values()].filter(({isReachable}) => isReachable !== undefined);
  const counts = witnessesOf(state).map(({nodeId}) => {
    const own = judged.flatMap(({isReachable, reports}) =>
      reports.flatMap(({witness, isPositive}) =>
        witness.nodeId === nodeId ? [isPositive !== isReachable] : [],
      ),
    );
    const disagreements = own.filter((disagrees) => disagrees).length;
    return {nodeId, reports: own.length, disagreements};
  });
  for (const {nodeId, reports, disagreements} of counts) {
    const node = nodeOf(state, nodeId);
    const hasRecord = node.witnessed.length > 0 || node.excludedUntil > 0;
    if (!hasRecord && reports === 0) continue;
    reach(world, 'R51');
    node.witnessed = [...node.witnessed, {reports, disagreements}].slice(-KEPT_ENTRIES);
    const sum = (of: 'reports' | 'disagreements'): number =>
      node.witnessed.reduce((all, entry) => all + entry[of], 0);
    const isBad = 2 * sum('disagreements') > sum('reports');
    if (node.witnessed.length < KEPT_ENTRIES || !isBad) continue;
    reach(world, 'R52');
    node.witnessed = [];
    node.excludedUntil = transition + KEPT_ENTRIES;
  }
}
