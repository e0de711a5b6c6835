import {taggedHash} from '../crypto/hash.ts';
import {
  type Address,
  bytesToKey,
  concatBytes,
  equalBytes,
  type Hash,
  type NodeId,
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

type DrawInit = {
  readonly tag: HashTag;
  readonly mix: Hash;
  readonly nodeId: NodeId;
  /** Words are taken modulo this. */
  readonly population: number;
  readonly wanted: number;
  readonly accepts: (index: number) => boolean;
};

/** Distinct numbers below `population`, in the order drawn. SPEC.md §7.5. */
function drawDistinct({tag, mix, nodeId, population, wanted, accepts}: DrawInit): number[] {
  const chosen = new Set<number>();
  const seed = concatBytes(mix, nodeId, new Uint8Array(4));
  const view = new DataView(seed.buffer);
  const limit = WORD_RANGE - (WORD_RANGE % population);
  for (let counter = 0; counter < MAX_DRAW_HASHES; counter++) {
    view.setUint32(seed.length - 4, counter);
    const hash = taggedHash(tag, seed);
    const words = new DataView(hash.buffer, hash.byteOffset);
    for (let i = 0; i < WORDS_PER_HASH; i++) {
      const word = words.getUint32(i * 4);
      if (word >= limit) continue;
      const index = word % population;
      if (chosen.has(index) || !accepts(index)) continue;
      chosen.add(index);
      if (chosen.size === wanted) return [...chosen];
    }
  }
  return [...chosen];
}

const ascending = (a: number, b: number): number => a - b;

type Tallied = {readonly byOwner: Map<string, number>; readonly bySwarm: Map<number, number>};

const pairKey = (owner: string, swarmId: number): string => `${owner}/${swarmId}`;

/** Who may report on whom in one epoch. Built once, asked per target. SPEC.md §7.5. */
export class WitnessDraw {
  readonly #mix: Hash;
  readonly #witnesses: readonly WitnessNode[];
  readonly #apartFromSwarm: boolean;
  readonly #counts: Tallied = {byOwner: new Map(), bySwarm: new Map()};
  readonly #byPair = new Map<string, number>();

  /** @param witnesses in NodeID order. @param mix as it was when the epoch began. */
  constructor(init: {
    readonly mix: Hash;
    readonly swarmExponent: number;
    readonly witnesses: readonly WitnessNode[];
  }) {
    this.#mix = init.mix;
    this.#witnesses = init.witnesses;
    this.#apartFromSwarm = init.swarmExponent >= 1;
    const {byOwner, bySwarm} = this.#counts;
    for (const {owner, swarmId} of init.witnesses) {
      const key = bytesToKey(owner);
      const pair = pairKey(key, swarmId);
      byOwner.set(key, (byOwner.get(key) ?? 0) + 1);
      bySwarm.set(swarmId, (bySwarm.get(swarmId) ?? 0) + 1);
      this.#byPair.set(pair, (this.#byPair.get(pair) ?? 0) + 1);
    }
  }

  #isEligible(witness: WitnessNode, target: WitnessNode): boolean {
    if (this.#apartFromSwarm && witness.swarmId === target.swarmId) return false;
    return !equalBytes(witness.owner, target.owner);
  }

  #eligibleCount({owner, swarmId}: WitnessNode): number {
    const key = bytesToKey(owner);
    const others = this.#witnesses.length - (this.#counts.byOwner.get(key) ?? 0);
    if (!this.#apartFromSwarm) return others;
    const inSwarm = this.#counts.bySwarm.get(swarmId) ?? 0;
    return others - inSwarm + (this.#byPair.get(pairKey(key, swarmId)) ?? 0);
  }

  /** Indices of a target's candidate witnesses, ascending. */
  candidates(target: WitnessNode): readonly number[] {
    const witnesses = this.#witnesses;
    const accepts = (index: number): boolean => {
      const witness = witnesses[index];
      return witness !== undefined && this.#isEligible(witness, target);
    };
    if (this.#eligibleCount(target) <= WITNESS_CANDIDATES) {
      return [...witnesses.keys()].filter(accepts);
    }
    const drawn = drawDistinct({
      tag: HASH_TAG.witnessDraw,
      mix: this.#mix,
      nodeId: target.nodeId,
      population: witnesses.length,
      wanted: WITNESS_CANDIDATES,
      accepts,
    });
    return drawn.sort(ascending);
  }
}

/** Those of a target's candidates whose reports count: at most 8, drawn by the epoch's own mix. */
export function pickWitnesses(
  mix: Hash,
  nodeId: NodeId,
  candidates: readonly number[],
): readonly number[] {
  if (candidates.length <= WITNESS_PICKS) return candidates;
  const drawn = drawDistinct({
    tag: HASH_TAG.witnessPick,
    mix,
    nodeId,
    population: candidates.length,
    wanted: WITNESS_PICKS,
    accepts: () => true,
  });
  return drawn.sort(ascending).flatMap((i) => candidates[i] ?? []);
}

/** Targets of every witness by index, each in NodeID order: what the bits of a report mean. */
export function targetsByWitness(
  draw: WitnessDraw,
  witnessCount: number,
  targets: readonly WitnessNode[],
): {readonly targets: readonly number[][]; readonly candidates: readonly (readonly number[])[]} {
  const byWitness = Array.from({length: witnessCount}, (): number[] => []);
  const candidates = targets.map((target, index) => {
    const chosen = draw.candidates(target);
    for (const witness of chosen) byWitness[witness]?.push(index);
    return chosen;
  });
  return {targets: byWitness, candidates};
}
