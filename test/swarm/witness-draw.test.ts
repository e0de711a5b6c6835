import {describe, expect, it} from 'vitest';
import {taggedHash} from '../../src/crypto/hash.ts';
import {bytesToKey, concatBytes, toAddress, toHash, toNodeId} from '../../src/protocol/bytes.ts';
import {WITNESS_CANDIDATES, WITNESS_PICKS} from '../../src/protocol/chain/limits.ts';
import {u32Bytes} from '../../src/protocol/chain/state-keys.ts';
import {HASH_TAG, type HashTag} from '../../src/protocol/domains.ts';
import {
  pickSeed,
  pickWitnesses,
  targetsByWitness,
  WitnessDraw,
  type WitnessNode,
} from '../../src/swarm/witness-draw.ts';

const MIX = toHash(new Uint8Array(32).fill(7));

/** Nodes in NodeID order. */
function nodes(count: number, ownerOf: (i: number) => number, swarms: number): WitnessNode[] {
  return Array.from({length: count}, (_, i) => ({
    nodeId: toNodeId(concatBytes(u32Bytes(i), new Uint8Array(16))),
    owner: toAddress(concatBytes(u32Bytes(ownerOf(i)), new Uint8Array(16))),
    swarmId: i % swarms,
  }));
}

/** SPEC.md §7.5, word for word. */
function naiveDraw(
  {tag, target}: {tag: HashTag; target: WitnessNode},
  population: number,
  wanted: number,
  accepts: (index: number) => boolean,
): number[] {
  const chosen = new Set<number>();
  for (let counter = 0; counter < 128; counter++) {
    const hash = taggedHash(tag, MIX, target.nodeId, u32Bytes(counter));
    const view = new DataView(hash.buffer, hash.byteOffset);
    for (let at = 0; at < 32 && chosen.size < wanted; at += 4) {
      const word = view.getUint32(at);
      if (word >= 2 ** 32 - (2 ** 32 % population)) continue;
      if (accepts(word % population)) chosen.add(word % population);
    }
  }
  return [...chosen].sort((a, b) => a - b);
}

const areApart = (a: WitnessNode, b: WitnessNode): boolean =>
  bytesToKey(a.owner) !== bytesToKey(b.owner) && a.swarmId !== b.swarmId;

describe('draw of witnesses', () => {
  const all = nodes(500, (i) => i % 300, 32);
  const draw = new WitnessDraw({mix: MIX, swarmExponent: 5, witnesses: all});

  it('takes 64 of other owners and swarms by the words of the hash, ascending', () => {
    for (const target of all) {
      const expected = naiveDraw(
        {tag: HASH_TAG.witnessDraw, target},
        all.length,
        WITNESS_CANDIDATES,
        (i) => areApart(all[i]!, target),
      );
      expect(expected).toHaveLength(WITNESS_CANDIDATES);
      expect([...draw.candidates(target)]).toEqual(expected);
    }
  });

  it('picks 8 of the candidates by the mix of the end', () => {
    for (const target of all) {
      const candidates = draw.candidates(target);
      const init = {tag: HASH_TAG.witnessPick, target};
      const expected = naiveDraw(init, candidates.length, WITNESS_PICKS, () => true);
      const picked = pickWitnesses(pickSeed(MIX), target.nodeId, candidates);
      expect([...picked]).toEqual(expected.map((i) => candidates[i]));
    }
  });

  it('gives each witness its targets in order, and all of them', () => {
    const {targets, candidates} = targetsByWitness(draw, all.length, all);
    for (const [witness, list] of targets.entries()) {
      const expected = all.flatMap((_, i) => (candidates[i]!.includes(witness) ? [i] : []));
      expect([...list]).toEqual(expected);
    }
  });

  it('looks through all nodes once for an owner of nearly all, not once per node of his', () => {
    const owned = nodes(2000, (i) => (i < 1960 ? 0 : i), 4);
    const lopsided = new WitnessDraw({mix: MIX, swarmExponent: 2, witnesses: owned});
    const bySwarm = [0, 1, 2, 3].map((swarm) => lopsided.candidates(owned[swarm]!));
    for (const target of owned.slice(0, 1960)) {
      expect(lopsided.candidates(target)).toBe(bySwarm[target.swarmId]);
    }
    for (const [swarmId, candidates] of bySwarm.entries()) {
      const others = owned.flatMap((node, i) => (areApart(node, owned[swarmId]!) ? [i] : []));
      expect([...candidates]).toEqual(others);
    }
  });
});
