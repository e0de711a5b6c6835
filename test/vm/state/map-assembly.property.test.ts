import {createHash} from 'node:crypto';
import fc from 'fast-check';
import {expect, it} from 'vitest';
import {bytesToHex, hexToBytes, toHash, ZERO_HASH} from '../../../src/protocol/bytes.ts';
import {MAX_SUBTREE_BYTES, StateSubtree} from '../../../src/protocol/chain/state-subtree.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';
import {CodecError} from '../../../src/protocol/errors.ts';
import {MapAssembly} from '../../../src/vm/state/map-assembly.ts';
import {MerkleMap} from '../../../src/vm/state/merkle-map.ts';
import {SubtreeReader} from '../../../src/vm/state/read-subtree.ts';
import {SubtreeIndex} from '../../../src/vm/state/subtree-index.ts';
import {numberedKey} from './state-model.ts';

type Sizes = {readonly count: number; readonly valueBytes: number};

/** Keys of the chain's shapes with values of this size: some states fit one answer, some need many. */
const sizes = fc.constantFrom<Sizes>(
  {count: 0, valueBytes: 0},
  {count: 1, valueBytes: 65_536},
  {count: 40, valueBytes: 20_000},
  {count: 30, valueBytes: 65_536},
  {count: 900, valueBytes: 3136},
  {count: 3000, valueBytes: 300},
);

/** Value bytes that are cheap to make and differ by key and version. */
function valueFor(n: number, length: number, version: number): Uint8Array {
  const seed = createHash('sha256').update(`${n}/${version}`).digest();
  return new Uint8Array(length).fill(seed[0]!, 32).map((byte, i) => (i < 32 ? seed[i]! : byte));
}

function mapOf({count, valueBytes}: Sizes, change: (n: number) => number = () => 0): MerkleMap {
  const entries = Array.from({length: count}, (_, n) => ({
    key: numberedKey(n, 1 + (n % 4)),
    value: valueFor(n, valueBytes, change(n)),
  }));
  entries.sort((a, b) => Buffer.compare(a.key, b.key));
  return MerkleMap.fromEntries(entries.map(({key, value}) => [key, value] as const));
}

const reader = new SubtreeReader();
const readSubtree = reader.read.bind(reader);
const NOTHING = new SubtreeIndex([]);
const roundTrip = (answer: StateSubtree): StateSubtree =>
  decode(StateSubtree, encode(StateSubtree, answer));

/** Asks one honest server until nothing is missing. @returns bytes of the answers. */
function fetchAll(assembly: MapAssembly, from: MerkleMap): number {
  let bytes = 0;
  for (let place = assembly.take(); place !== undefined; place = assembly.take()) {
    const answer = readSubtree(from, place.path);
    bytes += encode(StateSubtree, answer).length;
    const {isTrue, splitters} = assembly.add(place, roundTrip(answer), 'server');
    expect(isTrue).toBe(true);
    expect(splitters).toEqual([]);
  }
  return bytes;
}

const entriesOf = (map: MerkleMap): string[] =>
  [...map.entries()].map(([key, value]) => `${bytesToHex(key)}=${bytesToHex(value)}`);

it('puts together exactly the map behind a root, whatever its size', () => {
  const property = fc.property(sizes, (size) => {
    const map = mapOf(size);
    const assembly = new MapAssembly(map.root(), NOTHING);
    fetchAll(assembly, map);
    expect(assembly.map?.size).toBe(map.size);
    expect(assembly.map?.root()).toEqual(map.root());
    expect(entriesOf(assembly.map!)).toEqual(entriesOf(map));
    // The hashes came with the parts: none is computed again, and a change goes on from them.
    expect(assembly.map?.rootWithCount().hashes).toBe(0);
    const key = numberedKey(7, 4);
    expect(assembly.map?.put(key, key).root()).toEqual(map.put(key, key).root());
  });
  fc.assert(property, {numRuns: 12});
});

it('an answer with one changed byte is refused, and nothing of it is kept', () => {
  const property = fc.property(sizes, fc.nat(), fc.integer({min: 1, max: 255}), (size, at, xor) => {
    const map = mapOf(size);
    const assembly = new MapAssembly(map.root(), NOTHING);
    for (let place = assembly.take(); place !== undefined; place = assembly.take()) {
      const good = encode(StateSubtree, readSubtree(map, place.path));
      const bad = good.slice();
      bad[at % bad.length]! ^= xor;
      const answer = tryDecode(bad);
      if (answer !== undefined) {
        const {isTrue, fetched, reused} = assembly.add(place, answer, 'liar');
        expect([isTrue, [...fetched].length, reused.length]).toEqual([false, 0, 0]);
      }
      expect(assembly.add(place, decode(StateSubtree, good), 'server').isTrue).toBe(true);
    }
    expect(assembly.map?.root()).toEqual(map.root());
  });
  fc.assert(property, {numRuns: 40});
});

function tryDecode(bytes: Uint8Array): StateSubtree | undefined {
  try {
    return decode(StateSubtree, bytes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return undefined;
  }
}

it.each([
  ['a leaf less', (leaves) => leaves.slice(1)],
  ['a leaf twice', (leaves) => [leaves[0]!, ...leaves]],
  ['another order', (leaves) => leaves.toReversed()],
  ['no leaf', () => []],
  [
    'a leaf more',
    (leaves) => [...leaves, {key: new Uint8Array(21).fill(255), value: hexToBytes('')}],
  ],
  ['a key of no length', (leaves) => [{key: hexToBytes(''), value: hexToBytes('')}, ...leaves]],
  [
    'a key that begins another',
    (leaves) => [{...leaves[0]!, key: leaves[0]!.key.slice(0, 5)}, ...leaves],
  ],
] as readonly [string, (leaves: Leaves) => Leaves][])('refuses leaves with %s', (_, change) => {
  const map = mapOf({count: 20, valueBytes: 10});
  const assembly = new MapAssembly(map.root(), NOTHING);
  const place = assembly.take()!;
  const answer = readSubtree(map, place.path);
  if (answer.type !== 'leaves') throw new Error('is not small');
  const leaves = change(answer.value.leaves);
  expect(assembly.add(place, {type: 'leaves', value: {leaves}}, 'liar').isTrue).toBe(false);
  expect(assembly.map).toBeUndefined();
});
type Leaves = Extract<StateSubtree, {type: 'leaves'}>['value']['leaves'];

it.each([
  ['none', () => []],
  ['one that hangs nowhere', (nodes) => [...nodes, {...nodes[0]!, bitIndex: 3}]],
  ['one twice', (nodes) => [nodes[0]!, ...nodes]],
  ['another order', (nodes) => nodes.toReversed()],
  ['a bit past the longest key', (nodes) => [{...nodes[0]!, bitIndex: 600}]],
] as readonly [string, (nodes: Nodes) => Nodes][])('refuses a top with %s', (_, change) => {
  const map = mapOf({count: 900, valueBytes: 3136});
  const assembly = new MapAssembly(map.root(), NOTHING);
  const place = assembly.take()!;
  const answer = readSubtree(map, place.path);
  if (answer.type !== 'top') throw new Error('is not large');
  expect(answer.value.nodes.length).toBeGreaterThan(1);
  const nodes = change(answer.value.nodes);
  expect(assembly.add(place, {type: 'top', value: {nodes}}, 'liar').isTrue).toBe(false);
});
type Nodes = Extract<StateSubtree, {type: 'top'}>['value']['nodes'];

it('refuses "unknown" and the subtree of another place', () => {
  const map = mapOf({count: 900, valueBytes: 3136});
  const assembly = new MapAssembly(map.root(), NOTHING);
  const root = assembly.take()!;
  expect(assembly.add(root, {type: 'unknown', value: {}}, 'liar').isTrue).toBe(false);
  assembly.add(root, readSubtree(map, []), 'server');
  const [one, two] = [assembly.take()!, assembly.take()!];
  expect(assembly.add(one, readSubtree(map, two.path), 'liar').isTrue).toBe(false);
});

it('names whoever told of inner nodes where a few leaves were asked for', () => {
  const map = mapOf({count: 4, valueBytes: 10});
  const assembly = new MapAssembly(map.root(), NOTHING);
  const place = assembly.take()!;
  const proof = map.prove(numberedKey(0, 1));
  const {bitIndex} = proof.path[0]!;
  const sides = [false, true].map((turn) => readSubtree(map, [turn]));
  const hashes = sides.map((side) => {
    if (side.type !== 'leaves') throw new Error('is not small');
    return MerkleMap.fromEntries(side.value.leaves.map(({key, value}) => [key, value])).root();
  });
  const nodes = [{bitIndex, left: hashes[0]!, right: hashes[1]!}];
  const told = assembly.add(place, {type: 'top', value: {nodes}}, 'splitter');
  expect([told.isTrue, told.splitters]).toEqual([true, []]);
  const named: string[] = [];
  for (let part = assembly.take(); part !== undefined; part = assembly.take()) {
    named.push(...assembly.add(part, readSubtree(map, part.path), 'server').splitters);
  }
  expect(named).toEqual(['splitter']);
  expect(assembly.map?.root()).toEqual(map.root());
});

it('uses again what another version of the map has in common', () => {
  const size = {count: 900, valueBytes: 3136};
  const old = mapOf(size);
  const next = mapOf(size, (n) => (n === 5 ? 1 : 0));
  const whole = fetchAll(new MapAssembly(next.root(), NOTHING), next);
  const assembly = new MapAssembly(next.root(), new SubtreeIndex([old]));
  const bytes = fetchAll(assembly, next);
  expect(entriesOf(assembly.map!)).toEqual(entriesOf(next));
  // One changed leaf costs its own answer of at most 512 KiB, not the whole.
  expect(bytes).toBeLessThan(MAX_SUBTREE_BYTES + 65_536);
  expect(whole).toBeGreaterThan(4 * MAX_SUBTREE_BYTES);
  const same = new MapAssembly(old.root(), new SubtreeIndex([old]));
  expect(same.map?.root()).toEqual(old.root());
  expect(same.takeReused()).toHaveLength(1);
});

it('an answer holds at most 512 KiB of leaves, or one leaf', () => {
  const property = fc.property(sizes, (size) => {
    const map = mapOf(size);
    const pending: boolean[][] = map.size === 0 ? [] : [[]];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const answer = readSubtree(map, path);
      if (answer.type === 'top') pending.push([...path, true], [...path, false]);
      if (answer.type !== 'leaves') continue;
      const {length} = encode(StateSubtree, answer);
      const isOne = answer.value.leaves.length === 1;
      expect(isOne || length - 8 <= MAX_SUBTREE_BYTES).toBe(true);
    }
  });
  fc.assert(property, {numRuns: 12});
  expect(readSubtree(MerkleMap.empty, []).type).toBe('unknown');
  expect(readSubtree(mapOf({count: 2, valueBytes: 1}), [true, true, true, true]).type).toBe(
    'unknown',
  );
  expect(new MapAssembly(toHash(ZERO_HASH), NOTHING).map?.size).toBe(0);
});
