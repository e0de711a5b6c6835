import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {createNarrator} from '../../src/devnet/demo/narrator.ts';

let printed: string[];
let live: string[];
beforeEach(() => {
  vi.useFakeTimers();
  printed = [];
  live = [];
});
afterEach(() => {
  vi.useRealTimers();
});

const out = (text: string): void => void printed.push(text);
const status = (text: string): void => void live.push(text);

function tell(narrator: ReturnType<typeof createNarrator>): void {
  narrator.chapter('A chapter');
  for (let second = 1; second <= 12; second++) {
    narrator.waiting(`${12 - second} s left`);
    vi.advanceTimersByTime(1000);
  }
  narrator.confirmed('a-check', 'It is so');
  narrator.facts('numbers', {one: 1});
  narrator.failed('b-check', 'It is not');
}

describe('the demo’s story', () => {
  it('is plain lines where there is no terminal: a wait is told of every 5 s', () => {
    tell(createNarrator({out, isJson: false}));
    const texts = printed.map((text) => text.trim().replace(/^[\d.]+s +/, ''));
    expect(texts).toEqual([
      'A chapter',
      '… 11 s left',
      '… 6 s left',
      '… 1 s left',
      '✓ It is so  [a-check]',
      '✗ It is not  [b-check]',
    ]);
    expect(printed.join('')).not.toMatch(/\r|⠋|⠙|⠹|⠸/);
  });

  it('has one live line on a terminal, which every other line clears', () => {
    tell(createNarrator({out, status, isJson: false}));
    expect(printed).toHaveLength(3);
    const waits = live.filter((text) => text !== '');
    expect(waits).toHaveLength(12);
    expect(waits[0]).toContain('⠋ 11 s left');
    expect(live.filter((text) => text === '')).toHaveLength(3);
    expect(live.at(-1)).toBe('');
  });

  it('is one object a line as JSON, facts included', () => {
    tell(createNarrator({out, status, isJson: true}));
    expect(printed.map((text) => JSON.parse(text))).toMatchObject([
      {type: 'chapter', title: 'A chapter'},
      {type: 'confirmed', check: 'a-check', sentence: 'It is so'},
      {type: 'numbers', one: 1},
      {type: 'failed', check: 'b-check'},
    ]);
    expect(live).toEqual([]);
  });
});
