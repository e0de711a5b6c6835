import {describe, expect, it} from 'vitest';
import {asciiBytes, bytesToHex, hexToBytes} from '../../../src/protocol/bytes.ts';
import {InvariantError} from '../../../src/protocol/errors.ts';
import {MerkleMap} from '../../../src/vm/state/merkle-map.ts';
import {MerkleMapBuilder} from '../../../src/vm/state/merkle-map-builder.ts';
import {naiveRoot, numberedKey} from './state-model.ts';

const KEY = hexToBytes('01aa');
const VALUE = asciiBytes('value');

/** Kinds 1 and 2, neighbouring and distant keys, an empty value. */
const FIXED: readonly (readonly [string, string])[] = [
  ['0100', 'zero'],
  ['0101', 'one'],
  ['0180', ''],
  ['01ff', 'last'],
  ['02000000', 'other kind'],
  ['02000001', 'its neighbour'],
];

const fixedEntries = FIXED.map(([key, value]) => [hexToBytes(key), asciiBytes(value)] as const);

function numbered(count: number): MerkleMap {
  const builder = new MerkleMapBuilder(MerkleMap.empty);
  for (let n = 0; n < count; n++) builder.put(numberedKey(n), Uint8Array.of(n & 0xff));
  return builder.toMap();
}

describe('golden roots', () => {
  it('32 zero bytes for the empty map', () => {
    expect(bytesToHex(MerkleMap.empty.root())).toBe('00'.repeat(32));
  });

  it('one entry', () => {
    expect(bytesToHex(MerkleMap.empty.put(KEY, VALUE).root())).toBe(
      'c0322f521ddaaa8f48dddaea6ac3830f49b6cc9ab388399a39d165c9c2b4b269',
    );
  });

  it('six entries of two kinds', () => {
    const root = bytesToHex(MerkleMap.fromEntries(fixedEntries).root());
    expect(root).toBe('f249f18b156e908d3074b4361db0010cf7cc503adb5ce70322c073021fdb0a4a');
    expect(root).toBe(bytesToHex(naiveRoot(fixedEntries)));
  });
});

describe('MerkleMap', () => {
  it('gives itself back when nothing changes', () => {
    const map = MerkleMap.fromEntries(fixedEntries);
    expect(map.put(hexToBytes('0101'), asciiBytes('one'))).toBe(map);
    expect(map.delete(hexToBytes('0102'))).toBe(map);
    expect(MerkleMap.empty.delete(KEY)).toBe(MerkleMap.empty);
  });

  it('returns to the empty map', () => {
    let map = MerkleMap.fromEntries(fixedEntries);
    for (const [key] of fixedEntries) map = map.delete(key);
    expect([map.size, [...map.entries()]]).toEqual([0, []]);
    expect(map.root()).toEqual(MerkleMap.empty.root());
  });

  it('hands out the bytes it was given, not copies', () => {
    const map = MerkleMap.empty.put(KEY, VALUE);
    expect(map.get(hexToBytes('01aa'))).toBe(VALUE);
    expect([...map.entries()][0]?.[0]).toBe(KEY);
  });

  it('finds no key that is a prefix or an extension of one it holds', () => {
    const map = MerkleMap.fromEntries(fixedEntries);
    for (const text of ['', '01', '010000', '0200', '0200000000', '03']) {
      expect(map.get(hexToBytes(text))).toBeUndefined();
      expect(map.has(hexToBytes(text))).toBe(false);
      expect(map.delete(hexToBytes(text))).toBe(map);
    }
  });

  it.each([
    ['a prefix of another key', '0200'],
    ['an extension of another key', '010000'],
    ['empty', ''],
    ['longer than 64 bytes', '07'.repeat(65)],
  ])('refuses a key that is %s', (_, text) => {
    const map = MerkleMap.fromEntries(fixedEntries);
    const key = hexToBytes(text);
    expect(() => map.put(key, VALUE)).toThrow(InvariantError);
    expect(() => new MerkleMapBuilder(map).put(key, VALUE)).toThrow(InvariantError);
    expect(() => MerkleMap.fromEntries([[key, VALUE], ...fixedEntries])).toThrow(InvariantError);
    expect([...map.entries()]).toEqual(fixedEntries);
  });

  it.each([
    ['twice the same key', ['0100', '0100']],
    ['descending keys', ['0101', '0100']],
    ['a fall after a rise', ['0100', '0180', '0101']],
    ['a prefix first', ['01', '0100']],
  ])('builds nothing from %s', (_, keys) => {
    const entries = keys.map((key) => [hexToBytes(key), VALUE] as const);
    expect(() => MerkleMap.fromEntries(entries)).toThrow(InvariantError);
  });
});

describe('entries', () => {
  it('walks one prefix, in key order', () => {
    const map = MerkleMap.fromEntries(fixedEntries);
    const keys = (prefix: string) =>
      [...map.entries(hexToBytes(prefix))].map(([key]) => bytesToHex(key));
    expect(keys('01')).toEqual(['0100', '0101', '0180', '01ff']);
    expect(keys('020000')).toEqual(['02000000', '02000001']);
    expect(keys('0180')).toEqual(['0180']);
    expect([keys('03'), keys('0102'), keys('010000')]).toEqual([[], [], []]);
  });

  it('goes on in its own version while newer ones change everything', () => {
    const map = numbered(500);
    const before = [...map.entries()];
    const builder = new MerkleMapBuilder(map);
    let next = map;
    const seen = [];
    for (const entry of map.entries()) {
      seen.push(entry);
      const [key] = entry;
      next = seen.length % 2 === 0 ? next.delete(key) : next.put(key, VALUE);
      if (seen.length % 2 === 0) builder.delete(key);
      else builder.put(key, VALUE);
      builder.put(numberedKey(10_000 + seen.length), VALUE);
    }
    expect(seen).toEqual(before);
    expect([next.size, builder.size]).toEqual([250, 750]);
    expect([...map.entries()]).toEqual(before);
  });
});

describe('MerkleMapBuilder', () => {
  it('may be changed during a walk over its entries', () => {
    const map = numbered(200);
    const builder = new MerkleMapBuilder(map);
    builder.put(numberedKey(0), VALUE);
    const before = [...builder.entries()];
    const seen = [];
    for (const entry of builder.entries()) {
      seen.push(entry);
      builder.delete(entry[0]);
      builder.put(numberedKey(1000 + seen.length), VALUE);
    }
    expect(seen).toEqual(before);
    expect(builder.size).toBe(200);
    expect([...builder.entries()].every(([, value]) => value === VALUE)).toBe(true);
    expect([...map.entries()]).not.toEqual(before);
  });

  it('leaves alone every map it made, also one that was hashed', () => {
    const builder = new MerkleMapBuilder(numbered(100));
    const first = builder.toMap();
    const root = first.root();
    builder.put(numberedKey(3), VALUE);
    builder.delete(numberedKey(4));
    const second = builder.toMap();
    expect(second.root()).toEqual(naiveRoot([...second.entries()]));
    expect(first.root()).toEqual(root);
    expect(root).toEqual(naiveRoot([...first.entries()]));
    expect([first.size, second.size]).toEqual([100, 99]);
  });
});
