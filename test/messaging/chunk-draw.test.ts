import {describe, expect, it} from 'vitest';
import {drawChunks} from '../../src/messaging/chunk-draw.ts';
import {toHash} from '../../src/protocol/bytes.ts';

const keyOf = (number: number) => toHash(new Uint8Array(32).fill(number));

describe('drawChunks', () => {
  it('draws 4 096 ascending numbers below the count, the same for the same key', () => {
    for (const count of [4097n, 10_000n, 2n ** 40n, 2n ** 63n + 1n, 2n ** 64n - 1n]) {
      const drawn = drawChunks(keyOf(1), count);
      expect(drawn).toHaveLength(4096);
      expect(drawn).toEqual([...drawn].sort((a, b) => (a < b ? -1 : 1)));
      expect(drawn.every((index) => index >= 0n && index < count)).toBe(true);
      expect(drawChunks(keyOf(1), count)).toEqual(drawn);
      expect(drawChunks(keyOf(2), count)).not.toEqual(drawn);
    }
  });

  it('favours no part of the set, also where plain mod would', () => {
    // Two thirds of 2^64: without rejection the lower half would be drawn twice as often.
    const count = (2n ** 64n * 2n) / 3n;
    const lower = drawChunks(keyOf(3), count).filter((index) => index < count / 2n).length;
    expect(Math.abs(lower - 2048)).toBeLessThan(200);
    const quarters = [0, 0, 0, 0];
    for (const index of drawChunks(keyOf(4), 100_000n)) {
      const quarter = Number(index / 25_000n);
      quarters[quarter] = (quarters[quarter] ?? 0) + 1;
    }
    for (const size of quarters) expect(Math.abs(size - 1024)).toBeLessThan(130);
  });
});
