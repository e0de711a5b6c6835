import {describe, expect, it} from 'vitest';
import {Patience} from '../../src/messaging/patience.ts';

function after(times: readonly number[]): number {
  const patience = new Patience();
  for (const ms of times) patience.answered(ms);
  return patience.lengthMs;
}
const many = (ms: number): number[] => Array.from({length: 200}, () => ms);

describe('patience', () => {
  it('is some times what is usual, within bounds', () => {
    expect(after([])).toBe(50);
    expect(after(many(1))).toBe(50);
    const length = after(many(100));
    expect(length).toBeGreaterThan(320);
    expect(length).toBeLessThan(480);
    expect(after(many(60_000))).toBe(1000);
  });

  it('is not moved by one of five that always takes its time', () => {
    const times = Array.from({length: 1000}, (_, at) => (at % 5 === 0 ? 3000 : 10));
    expect(after(times)).toBe(50);
  });
});
