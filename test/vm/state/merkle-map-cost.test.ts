import {afterAll, describe, expect, it, vi} from 'vitest';

const calls = vi.hoisted(() => ({count: 0}));

// The real functions, each call counted: the map's own count must not be a belief.
vi.mock(import('../../../src/crypto/hash.ts'), async (importOriginal) => {
  const real = await importOriginal();
  return {
    ...real,
    sha256: (...args: Parameters<typeof real.sha256>) => {
      calls.count++;
      return real.sha256(...args);
    },
    sha256Key: (...args: Parameters<typeof real.sha256Key>) => {
      calls.count++;
      return real.sha256Key(...args);
    },
    taggedHash: (...args: Parameters<typeof real.taggedHash>) => {
      calls.count++;
      return real.taggedHash(...args);
    },
  };
});

const {MerkleMap} = await import('../../../src/vm/state/merkle-map.ts');
const {MerkleMapBuilder} = await import('../../../src/vm/state/merkle-map-builder.ts');
const {digestOf, numberedKey} = await import('./state-model.ts');

const measured: string[] = [];
afterAll(() => console.log(measured.join('\n')));

function mapOf(nodes: number, kinds: number): InstanceType<typeof MerkleMap> {
  const builder = new MerkleMapBuilder(MerkleMap.empty);
  for (let n = 0; n < nodes; n++) {
    for (let kind = 1; kind <= kinds; kind++) builder.put(numberedKey(n, kind), digestOf(n));
  }
  return builder.toMap();
}

describe('hashes for a root', () => {
  it.each([
    {nodes: 100, kinds: 1, mean: 12},
    {nodes: 10_000, kinds: 1, mean: 24},
    {nodes: 10_000, kinds: 5, mean: 24},
  ])(
    'one changed key of $nodes nodes × $kinds: on average at most $mean, never above 64',
    (row) => {
      let map = mapOf(row.nodes, row.kinds);
      map.root();
      const costs: number[] = [];
      for (let i = 0; i < 1000; i++) {
        const chosen = new DataView(digestOf(i, 'choice').buffer).getUint32(0);
        map = map.put(
          numberedKey(chosen % row.nodes, 1 + (chosen % row.kinds)),
          digestOf(i, 'new'),
        );
        const before = calls.count;
        const {hashes} = map.rootWithCount();
        expect(hashes).toBe(calls.count - before);
        costs.push(hashes);
      }
      const mean = costs.reduce((sum, cost) => sum + cost) / costs.length;
      measured.push(`${row.nodes} × ${row.kinds}: mean ${mean}, most ${Math.max(...costs)}`);
      expect(Math.min(...costs)).toBeGreaterThan(2);
      expect(mean).toBeLessThanOrEqual(row.mean);
      expect(Math.max(...costs)).toBeLessThanOrEqual(64);
    },
  );

  it('a whole map once: two per entry, one per inner node, and nothing when asked again', () => {
    const map = mapOf(1000, 1);
    const before = calls.count;
    expect(map.rootWithCount().hashes).toBe(2 * 1000 + 999);
    expect(calls.count - before).toBe(2999);
    expect(map.rootWithCount().hashes).toBe(0);
    expect(calls.count - before).toBe(2999);
  });

  it('a version shares what it did not change with those before it', () => {
    const map = mapOf(1000, 1);
    map.root();
    const changed = map.put(numberedKey(7), digestOf(0, 'new'));
    const {hashes} = changed.rootWithCount();
    expect(changed.put(numberedKey(7), digestOf(7)).rootWithCount().hashes).toBe(hashes);
    expect(map.rootWithCount().hashes).toBe(0);
  });
});
