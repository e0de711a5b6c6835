import {describe, expect, it} from 'vitest';
import {pauseMs, retryMs} from '../../src/daemon/chain-clock.ts';

const at = (left: number) => ({blockTimeMs: 1_000_000, phaseEndMs: 1_000_000 + left});

describe('pauseMs', () => {
  const rows: readonly (readonly [string, number, number, boolean, number])[] = [
    ['1/40 of an epoch', 10_000, 20, false, 500],
    ['1/80 while a duty is under way', 10_000, 20, true, 250],
    ['to the end of the phase', 300, 20, false, 300],
    ['never below 200 ms', 5, 20, false, 200],
    ['never below 200 ms when the phase should be over', -5000, 20, true, 200],
    ['at most 30 s', 1_000_000, 3600, false, 30_000],
    ['at most 10 s while a duty is under way', 1_000_000, 3600, true, 10_000],
  ];
  for (const [name, left, epochSeconds, isUrgent, pause] of rows) {
    it(name, () => {
      expect(pauseMs(at(left), epochSeconds, isUrgent)).toBe(pause);
    });
  }
});

describe('retryMs', () => {
  it('doubles up to the usual pause and is spread by half', () => {
    const pauses = [1, 2, 3, 4, 5, 50].map((attempt) => retryMs(attempt, 60, 1));
    expect(pauses).toEqual([200, 400, 800, 1500, 1500, 1500]);
    expect(retryMs(3, 60, 0)).toBe(400);
  });
});
