import fc from 'fast-check';
import {expect, it} from 'vitest';
import {WITNESS_WINDOW} from '../../../src/protocol/chain/limits.ts';
import {WitnessRecord} from '../../../src/protocol/chain/sparse-records.ts';
import {decode, encode} from '../../../src/protocol/codec.ts';
import {excludedUntilOf, isMostlyWrong, withEpoch} from '../../../src/vm/state/witness-window.ts';

const u16 = fc.nat(0xffff);
const epoch = fc.record({reports: u16, disagreements: u16});
const window = {maxLength: WITNESS_WINDOW, size: 'max'} as const;
const record = fc.record({
  epochs: fc.oneof(
    fc.array(epoch, window),
    fc.array(epoch, {...window, minLength: WITNESS_WINDOW - 1}),
  ),
  excludedUntil: fc.bigInt(0n, (1n << 64n) - 1n),
});

it('works on the bytes of a record as its codec would', () => {
  const property = fc.property(record, epoch, (before, next) => {
    const bytes = encode(WitnessRecord, before);
    expect(excludedUntilOf(bytes)).toBe(before.excludedUntil);
    const epochs = [...before.epochs, next].slice(-WITNESS_WINDOW);
    const after = withEpoch(bytes, next);
    expect(decode(WitnessRecord, after)).toEqual({...before, epochs});
    const sum = (of: 'reports' | 'disagreements'): number =>
      epochs.reduce((total, each) => total + each[of], 0);
    const isFull = epochs.length === WITNESS_WINDOW;
    expect(isMostlyWrong(after)).toBe(isFull && sum('disagreements') * 2 > sum('reports'));
  });
  fc.assert(property, {numRuns: 300});
});

it('begins a record, and counts no more than a u16 holds', () => {
  const first = withEpoch(undefined, {reports: 70_000, disagreements: 65_535});
  expect(decode(WitnessRecord, first)).toEqual({
    epochs: [{reports: 65_535, disagreements: 65_535}],
    excludedUntil: 0n,
  });
});
