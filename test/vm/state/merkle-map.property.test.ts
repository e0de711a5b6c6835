import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {bytesToHex, compareBytes, hexToBytes} from '../../../src/protocol/bytes.ts';
import {MerkleMap} from '../../../src/vm/state/merkle-map.ts';
import {MerkleMapBuilder} from '../../../src/vm/state/merkle-map-builder.ts';
import {type Model, naiveRootOf, sortedEntries, stateKey, stateValue} from './state-model.ts';

/** Few keys, so that commands meet: each command names one of a pool. */
const scenario = fc
  .uniqueArray(stateKey, {minLength: 1, maxLength: 24, selector: bytesToHex})
  .chain((keys) =>
    fc.record({
      keys: fc.constant(keys),
      commands: fc.array(
        fc.record({
          op: fc.constantFrom('put', 'put', 'delete', 'freeze', 'cut', 'putAll'),
          key: fc.constantFrom(...keys),
          value: stateValue,
          hashNow: fc.boolean(),
        }),
        {maxLength: 60},
      ),
    }),
  );

type Version = {readonly map: MerkleMap; readonly model: Model};

function expectSame({map, model}: Version, keys: readonly Uint8Array[]): void {
  expect(map.size).toBe(model.size);
  expect([...map.entries()]).toEqual(sortedEntries(model));
  for (const key of keys) {
    expect(map.get(key)).toEqual(model.get(bytesToHex(key)));
    expect(map.has(key)).toBe(model.has(bytesToHex(key)));
    for (const length of [1, 2, key.length - 1, key.length]) {
      const prefix = key.subarray(0, length);
      const expected = sortedEntries(model, bytesToHex(prefix));
      expect([...map.entries(prefix)]).toEqual(expected);
      const later = expected.filter(([other]) => compareBytes(other, key) > 0);
      expect([...map.entries(prefix, key)]).toEqual(later);
    }
  }
  expect(bytesToHex(map.root())).toBe(naiveRootOf(model));
}

describe('MerkleMap against a plain map', () => {
  it('agrees after every list of changes, and each older version stays as it was', () => {
    const property = fc.property(scenario, ({keys, commands}) => {
      let map = MerkleMap.empty;
      const model = new Map<string, Uint8Array>();
      const versions: Version[] = [];
      for (const {op, key, value, hashNow} of commands) {
        if (op === 'freeze') versions.push({map, model: new Map(model)});
        else if (op === 'put') model.set(bytesToHex(key), value);
        else if (op === 'delete') model.delete(bytesToHex(key));
        if (op === 'put') map = map.put(key, value);
        if (op === 'delete') map = map.delete(key);
        if (hashNow) map.root();
      }
      for (const version of [...versions, {map, model}]) expectSame(version, keys);
    });
    fc.assert(property, {numRuns: 300});
  });

  it('agrees when the changes are batches, and neither the base nor a made map moves', () => {
    const property = fc.property(scenario, scenario, (first, second) => {
      let base = MerkleMap.empty;
      const model = new Map<string, Uint8Array>();
      for (const {key, value} of first.commands) {
        base = base.put(key, value);
        model.set(bytesToHex(key), value);
      }
      const versions: Version[] = [{map: base, model: new Map(model)}];
      const builder = new MerkleMapBuilder(base);
      for (const {op, key, value, hashNow} of second.commands) {
        if (op === 'cut') {
          const prefix = key.subarray(0, 1 + (value.length % key.length));
          const gone = sortedEntries(model, bytesToHex(prefix)).map(([each]) => each);
          expect(builder.cut(prefix)).toEqual(gone);
          for (const each of gone) model.delete(bytesToHex(each));
        } else if (op === 'putAll') {
          const some = second.keys.filter((_, i) => (i + value.length) % 3 !== 0);
          const added = new Map(some.map((each) => [bytesToHex(each), value]));
          builder.putAll(sortedEntries(added));
          for (const [each] of added) model.set(each, value);
        } else if (op === 'freeze') {
          const map = builder.toMap();
          if (hashNow) map.root();
          versions.push({map, model: new Map(model)});
        } else if (op === 'put') {
          builder.put(key, value);
          model.set(bytesToHex(key), value);
        } else {
          builder.delete(key);
          model.delete(bytesToHex(key));
        }
        expect(builder.get(key)).toEqual(model.get(bytesToHex(key)));
        expect(builder.has(key)).toBe(model.has(bytesToHex(key)));
        expect(builder.size).toBe(model.size);
      }
      versions.push({map: builder.toMap(), model});
      for (const version of versions) expectSame(version, [...first.keys, ...second.keys]);
    });
    fc.assert(property, {numRuns: 300});
  });

  it('is built from sorted entries as from single puts', () => {
    const entry = fc.tuple(stateKey.map(bytesToHex), stateValue);
    const property = fc.property(fc.array(entry, {maxLength: 80}), (pairs) => {
      const model: Model = new Map(pairs);
      const map = MerkleMap.fromEntries(sortedEntries(model));
      expectSame({map, model}, [...model.keys()].map(hexToBytes));
    });
    fc.assert(property, {numRuns: 200});
  });
});

describe('root', () => {
  it('depends on the entries alone, not on their order or on what was there before', () => {
    const entry = fc.tuple(stateKey.map(bytesToHex), stateValue);
    const histories = fc.array(entry, {maxLength: 40}).chain((pairs) => {
      const kept = [...new Map(pairs)];
      return fc.record({
        kept: fc.constant(kept),
        order: fc.shuffledSubarray(kept, {minLength: kept.length}),
        passing: fc.array(entry, {maxLength: 20}),
      });
    });
    const property = fc.property(histories, ({kept, order, passing}) => {
      let other = MerkleMap.empty;
      for (const [key, value] of passing) other = other.put(hexToBytes(key), value);
      for (const [key, value] of order) other = other.put(hexToBytes(key), value);
      const keep = new Set(kept.map(([key]) => key));
      for (const [key] of passing) if (!keep.has(key)) other = other.delete(hexToBytes(key));
      const plain = MerkleMap.fromEntries(sortedEntries(new Map(kept)));
      expect(other.root()).toEqual(plain.root());
      expect(other.size).toBe(kept.length);
    });
    fc.assert(property, {numRuns: 300});
  });

  it('differs between different maps', () => {
    const entries = fc.array(fc.tuple(stateKey.map(bytesToHex), stateValue), {maxLength: 6});
    const property = fc.property(entries, entries, (a, b) => {
      const [one, two] = [sortedEntries(new Map(a)), sortedEntries(new Map(b))];
      const text = (list: typeof one) => list.map((pair) => pair.map(bytesToHex).join('=')).join();
      const [rootOne, rootTwo] = [one, two].map((list) => MerkleMap.fromEntries(list).root());
      expect(bytesToHex(rootOne!) === bytesToHex(rootTwo!)).toBe(text(one) === text(two));
    });
    fc.assert(property, {numRuns: 300});
  });
});
