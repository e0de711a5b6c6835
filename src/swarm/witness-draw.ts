import {sha256, taggedInput} from '../crypto/hash.ts';
import {
  type Address,
  bytesToKey,
  type Hash,
  type NodeId,
  toNodeId,
  u32At,
} from '../protocol/bytes.ts';
import {WITNESS_CANDIDATES, WITNESS_PICKS} from '../protocol/chain/limits.ts';
import {HASH_TAG, type HashTag} from '../protocol/domains.ts';

/** Hashes after which a draw ends with what it has. */
const MAX_DRAW_HASHES = 128;
const WORDS_PER_HASH = 8;
const WORD_RANGE = 2 ** 32;

/** A node with duties, as the draw of witnesses sees it. */
export type WitnessNode = {
  readonly nodeId: NodeId;
  readonly owner: Address;
  readonly swarmId: number;
};

const COUNTER_BYTES = 4;

/** What all draws of one kind and epoch hash, with room for a node and a counter at its end. */
type DrawSeed = Uint8Array;

const drawSeed = (tag: HashTag, mix: Hash): DrawSeed =>
  taggedInput(tag, mix, new Uint8Array(toNodeId.byteLength + COUNTER_BYTES));

type DrawInit = {
  readonly seed: DrawSeed;
  readonly nodeId: NodeId;
  /** Words are taken modulo this. */
  readonly population: number;
  readonly wanted: number;
  readonly accepts: (index: number) => boolean;
};

/** One bit per number that a draw has, all clear between draws. PERF: a Set costs three times as much. */
let marks = new Uint32Array(32);

/** Distinct numbers below `population`, ascending. SPEC.md §7.5. */
function drawDistinct(init: DrawInit): Uint32Array {
  const words = Math.ceil(init.population / 32);
  if (marks.length < words) marks = new Uint32Array(words * 2);
  return takeMarked(drawMarked(init), words);
}

/** Marks what is drawn. @returns how many there are. */
function drawMarked({seed, nodeId, population, wanted, accepts}: DrawInit): number {
  seed.set(nodeId, seed.length - COUNTER_BYTES - nodeId.length);
  const limit = WORD_RANGE - (WORD_RANGE % population);
  let count = 0;
  for (let counter = 0; counter < MAX_DRAW_HASHES; counter++) {
    seed[seed.length - 1] = counter; // MAX_DRAW_HASHES fit one byte of the u32
    const hash = sha256(seed);
    for (let i = 0; i < WORDS_PER_HASH; i++) {
      const word = u32At(hash, i * 4);
      if (word >= limit) continue;
      const index = word % population;
      const marked = marks[index >>> 5] ?? 0;
      const bit = 1 << (index & 31);
      if ((marked & bit) !== 0 || !accepts(index)) continue;
      marks[index >>> 5] = marked | bit;
      count += 1;
      if (count === wanted) return count;
    }
  }
  return count;
}

/** The marked numbers, ascending, out of so many words of marks; clears them. PERF: no sort. */
function takeMarked(count: number, words: number): Uint32Array {
  const numbers = new Uint32Array(count);
  let at = 0;
  for (let word = 0; at < count && word < words; word++) {
    let left = marks[word] ?? 0;
    if (left === 0) continue;
    marks[word] = 0;
    while (left !== 0) {
      const lowest = left & -left;
      numbers[at] = word * 32 + 31 - Math.clz32(lowest);
      at += 1;
      left ^= lowest;
    }
  }
  return numbers;
}

const NOBODY = new Uint32Array();

const pairKey = (owner: number, swarmId: number): number => owner * 2 ** 32 + swarmId;

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Who may report on whom in one epoch. Built once, asked per target. SPEC.md §7.5. */
export class WitnessDraw {
  readonly #seed: DrawSeed;
  readonly #apartFromSwarm: boolean;
  /** Of each witness: the number of its owner, and its swarm. */
  readonly #owners: Uint32Array;
  readonly #swarms: Uint32Array;
  readonly #ownerNumbers = new Map<string, number>();
  readonly #byOwner = new Map<number, number>();
  readonly #bySwarm = new Map<number, number>();
  readonly #byPair = new Map<number, number>();
  /** Candidates where all that may are: the same for all targets of one owner in one swarm. */
  readonly #few = new Map<number, Uint32Array>();

  /** @param witnesses in NodeID order. @param mix as it was when the epoch began. */
  constructor(init: {
    readonly mix: Hash;
    readonly swarmExponent: number;
    readonly witnesses: readonly WitnessNode[];
  }) {
    const {mix, swarmExponent, witnesses} = init;
    this.#seed = drawSeed(HASH_TAG.witnessDraw, mix);
    this.#apartFromSwarm = swarmExponent >= 1;
    this.#owners = new Uint32Array(witnesses.length);
    this.#swarms = new Uint32Array(witnesses.length);
    for (const [i, {owner, swarmId}] of witnesses.entries()) {
      const key = bytesToKey(owner);
      const number = this.#ownerNumbers.get(key) ?? this.#ownerNumbers.size;
      this.#ownerNumbers.set(key, number);
      this.#owners[i] = number;
      this.#swarms[i] = swarmId;
      increment(this.#byOwner, number);
      increment(this.#bySwarm, swarmId);
      increment(this.#byPair, pairKey(number, swarmId));
    }
  }

  #eligibleCount(owner: number, swarmId: number): number {
    const others = this.#owners.length - (this.#byOwner.get(owner) ?? 0);
    if (!this.#apartFromSwarm) return others;
    const inSwarm = this.#bySwarm.get(swarmId) ?? 0;
    return others - inSwarm + (this.#byPair.get(pairKey(owner, swarmId)) ?? 0);
  }

  /** Indices of a target's candidate witnesses, ascending. */
  candidates({nodeId, owner, swarmId}: WitnessNode): Uint32Array {
    const [owners, swarms] = [this.#owners, this.#swarms];
    const number = this.#ownerNumbers.get(bytesToKey(owner)) ?? -1;
    const apart = this.#apartFromSwarm;
    const accepts = (index: number): boolean =>
      owners[index] !== number && !(apart && swarms[index] === swarmId);
    const eligible = this.#eligibleCount(number, swarmId);
    if (eligible === 0) return NOBODY;
    if (eligible <= WITNESS_CANDIDATES) {
      // PERF: an owner of nearly all nodes would make this quadratic.
      const pair = pairKey(number, swarmId);
      const few = this.#few.get(pair) ?? Uint32Array.from(owners.keys()).filter(accepts);
      this.#few.set(pair, few);
      return few;
    }
    return drawDistinct({
      seed: this.#seed,
      nodeId,
      population: owners.length,
      wanted: WITNESS_CANDIDATES,
      accepts,
    });
  }
}

/** For pickWitnesses, by the mix that the epoch has drawn. */
export const pickSeed = (mix: Hash): DrawSeed => drawSeed(HASH_TAG.witnessPick, mix);

/** Those of a target's candidates whose reports count: at most 8, drawn by the epoch's own mix. */
export function pickWitnesses(
  seed: DrawSeed,
  nodeId: NodeId,
  candidates: Uint32Array,
): Uint32Array {
  if (candidates.length <= WITNESS_PICKS) return candidates;
  const picks = drawDistinct({
    seed,
    nodeId,
    population: candidates.length,
    wanted: WITNESS_PICKS,
    accepts: () => true,
  });
  return picks.map((i) => candidates[i] ?? 0);
}

/** Lists of numbers in one array: list i goes from starts[i] to starts[i + 1]. */
type NumberLists = {readonly starts: Uint32Array; readonly items: Uint32Array};

/** The lists the other way round: list j holds all i, ascending, whose list holds j. */
function transpose(lists: readonly Uint32Array[], count: number): NumberLists {
  const starts = new Uint32Array(count + 1);
  for (const list of lists) {
    for (const j of list) starts[j + 1] = (starts[j + 1] ?? 0) + 1;
  }
  for (let j = 0; j < count; j++) starts[j + 1] = (starts[j + 1] ?? 0) + (starts[j] ?? 0);
  const items = new Uint32Array(starts[count] ?? 0);
  const next = starts.slice();
  for (const [i, list] of lists.entries()) {
    for (const j of list) {
      const at = next[j] ?? 0;
      items[at] = i;
      next[j] = at + 1;
    }
  }
  return {starts, items};
}

/** Targets of every witness by index, each in NodeID order: what the bits of a report mean. */
export function targetsByWitness(
  draw: WitnessDraw,
  witnessCount: number,
  targets: readonly WitnessNode[],
): {readonly targets: readonly Uint32Array[]; readonly candidates: readonly Uint32Array[]} {
  const candidates = targets.map((target) => draw.candidates(target));
  const {starts, items} = transpose(candidates, witnessCount);
  const byWitness = Array.from({length: witnessCount}, (_, i) =>
    items.subarray(starts[i], starts[i + 1]),
  );
  return {targets: byWitness, candidates};
}

/** Reports of picked witnesses. Those of witness i go from starts[i] to starts[i + 1]. */
export type CountedReports = {
  readonly starts: Uint32Array;
  /** Of each report: whom it is about, and which bit of its witness's answer it is. */
  readonly targets: Uint32Array;
  readonly bits: Uint32Array;
};

/** Picks the witnesses of every target, and says where their reports are. */
export function countedReports(
  mix: Hash,
  table: {
    readonly targets: readonly WitnessNode[];
    readonly candidates: readonly Uint32Array[];
    readonly targetsOf: readonly Uint32Array[];
  },
): CountedReports {
  const {candidates, targetsOf} = table;
  const seed = pickSeed(mix);
  const picks = table.targets.map(({nodeId}, i) =>
    pickWitnesses(seed, nodeId, candidates[i] ?? NOBODY),
  );
  const {starts, items: targets} = transpose(picks, targetsOf.length);
  const bits = new Uint32Array(targets.length);
  for (const [witness, all] of targetsOf.entries()) {
    // Both are ascending, and all of the picked are among the others.
    let bit = 0;
    for (let at = starts[witness] ?? 0; at < (starts[witness + 1] ?? 0); at++) {
      while (all[bit] !== targets[at]) bit += 1;
      bits[at] = bit;
    }
  }
  return {starts, targets, bits};
}
