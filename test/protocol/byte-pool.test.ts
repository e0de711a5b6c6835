import {describe, expect, it} from 'vitest';
import {BytePool, partOf} from '../../src/protocol/byte-pool.ts';
import {concatBytes} from '../../src/protocol/bytes.ts';

const LENGTHS = [0, 1, 64, 65, 90, 300, 1024, 1025, 5000];

describe('BytePool', () => {
  it('hands out zeros that nothing else is written into', () => {
    const pool = new BytePool();
    const taken = Array.from({length: 200}, (_, i) => {
      const bytes = pool.take(LENGTHS[i % LENGTHS.length]!);
      expect(bytes).toEqual(new Uint8Array(LENGTHS[i % LENGTHS.length]!));
      return bytes.fill(i);
    });
    for (const [i, bytes] of taken.entries()) expect(bytes.every((byte) => byte === i)).toBe(true);
  });

  it('keeps no more than 2 KiB alive for one array', () => {
    const pool = new BytePool();
    for (const length of LENGTHS) {
      const {buffer} = pool.take(length);
      expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(2048, length));
    }
  });

  it('joins parts of any length, and shares nothing with them', () => {
    const pool = new BytePool();
    for (const length of LENGTHS) {
      const parts = [Uint8Array.of(7), new Uint8Array(length).fill(8), Uint8Array.of(9)];
      const joined = pool.join(...parts);
      expect(joined).toEqual(concatBytes(...parts));
      for (const part of parts) part.fill(0);
      expect([joined[0], joined.at(-1)]).toEqual([7, 9]);
    }
    expect(pool.join()).toEqual(new Uint8Array());
  });
});

it('a part is a copy when short, a view when long, and the same bytes either way', () => {
  const bytes = Uint8Array.from({length: 200}, (_, i) => i);
  expect(partOf(bytes, 3, 67)).toEqual(bytes.slice(3, 67));
  expect(partOf(bytes, 3, 67).buffer).not.toBe(bytes.buffer);
  expect(partOf(bytes, 3, 68)).toEqual(bytes.slice(3, 68));
  expect(partOf(bytes, 3, 68).buffer).toBe(bytes.buffer);
});
