import {describe, expect, it} from 'vitest';
import {Patience} from '../../src/messaging/patience.ts';

function lengthAfter(times: readonly number[]): number {
  const patience = new Patience();
  for (const ms of times) patience.answered(ms);
  return patience.lengthMs;
}
const many = (ms: number): number[] => Array.from({length: 200}, () => ms);

describe('patience', () => {
  it('is some times what is usual, within bounds', () => {
    expect(lengthAfter([])).toBe(50);
    expect(lengthAfter(many(1))).toBe(50);
    const length = lengthAfter(many(100));
    expect(length).toBeGreaterThan(320);
    expect(length).toBeLessThan(480);
    expect(lengthAfter(many(60_000))).toBe(1000);
  });

  it('has forgotten what was usual before after some answers, however many those were', () => {
    const few = (ms: number): number[] => many(ms).slice(0, 20);
    expect(lengthAfter([...many(60_000), ...few(10)])).toBeLessThan(1000);
    expect(lengthAfter([...many(0), ...few(100)])).toBeGreaterThan(300);
  });

  it('is not moved by one of five that always takes its time', () => {
    const times = Array.from({length: 1000}, (_, at) => (at % 5 === 0 ? 3000 : 10));
    expect(lengthAfter(times)).toBe(50);
  });
});
