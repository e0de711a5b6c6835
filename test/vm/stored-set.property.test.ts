import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {isPossibleSet} from '../../src/vm/stored-set.ts';
import {ONE_RECORD_SET} from './fixtures.ts';

const CHUNK_BYTES = 1024;
const SIZES = [0, 1, 2, 1023, 1024, 1025, 2047, 2048, 2049];
const chunksOf = (size: number): number => Math.max(1, Math.ceil(size / CHUNK_BYTES));

type Counts = {readonly records: number; readonly chunks: number; readonly bytes: number};

const isPossible = ({records, chunks, bytes}: Counts): boolean =>
  isPossibleSet({
    ...ONE_RECORD_SET,
    recordCount: BigInt(records),
    chunkCount: BigInt(chunks),
    bytes: BigInt(bytes),
  });

describe('a stored set is possible', () => {
  it('whatever its records are', () => {
    const size = fc.oneof(fc.constantFrom(...SIZES), fc.nat({max: 80_000}));
    fc.assert(
      fc.property(fc.array(size, {minLength: 1, maxLength: 20}), (sizes) => {
        const sum = (of: (each: number) => number) => sizes.reduce((all, it) => all + of(it), 0);
        const counts = {records: sizes.length, chunks: sum(chunksOf), bytes: sum((it) => it)};
        expect(isPossible(counts)).toBe(true);
      }),
    );
  });

  it('just when some records have its numbers', () => {
    const most = 2 * CHUNK_BYTES + 2;
    // Of one record of each size, then of one more.
    const one = new Set(Array.from({length: most + 1}, (_, size) => `${chunksOf(size)} ${size}`));
    const two = new Set<string>();
    for (const a of SIZES) {
      for (let b = 0; a + b <= most; b++) two.add(`${chunksOf(a) + chunksOf(b)} ${a + b}`);
    }
    for (const [records, found] of [one, two].entries()) {
      for (let bytes = 0; bytes <= most; bytes++) {
        for (let chunks = 0; chunks <= 6; chunks++) {
          const counts = {records: records + 1, chunks, bytes};
          expect({...counts, possible: isPossible(counts)}).toEqual({
            ...counts,
            possible: found.has(`${chunks} ${bytes}`),
          });
        }
      }
    }
  });
});
