import {describe, expect, it} from 'vitest';
import {HybridClock, stampToleranceMs} from '../../src/messaging/hybrid-clock.ts';
import {toNodeId} from '../../src/protocol/bytes.ts';
import type {Stamp} from '../../src/protocol/stored-record.ts';

const nodeId = toNodeId(new Uint8Array(20).fill(1));
const other = toNodeId(new Uint8Array(20).fill(2));
const START_MS = 1_700_000_000_000;
const at = (ms: number, counter = 0, coordinator = nodeId): Stamp => ({
  clockMs: BigInt(START_MS + ms),
  counter,
  coordinator,
});

function clockOf(last?: Stamp, givenUntilMs = 0n) {
  const machine = {nowMs: START_MS};
  const toleranceMs = 100n;
  const clock = new HybridClock({
    nodeId,
    nowMs: () => machine.nowMs,
    toleranceMs,
    last,
    givenUntilMs,
  });
  return {machine, clock};
}

it('D is a 24th of an epoch, at most 10 s', () => {
  expect([20, 239, 240, 3600].map(stampToleranceMs)).toEqual([833n, 9958n, 10_000n, 10_000n]);
});

describe('stamps', () => {
  it('count within one ms and begin anew in the next', () => {
    const {machine, clock} = clockOf();
    expect([clock.next(), clock.next()]).toEqual([at(0), at(0, 1)]);
    machine.nowMs += 1;
    expect(clock.next()).toEqual(at(1));
  });

  it('follow those of others, and never go back with the machine’s clock', () => {
    const {machine, clock} = clockOf(at(-5, 3));
    clock.notice(at(50, 7, other));
    expect(clock.next()).toEqual(at(50, 8));
    machine.nowMs -= 40;
    expect(clock.next()).toEqual(at(50, 9));
    machine.nowMs -= 20;
    expect(() => clock.next()).toThrow('MESSAGING_BAD_TIME');
    machine.nowMs += 10;
    expect(clock.next()).toEqual(at(50, 10));
  });

  it('follow no stamp that leads by more than half of the tolerance', () => {
    const {machine, clock} = clockOf();
    for (let ms = 0; ms < 20; ms++) {
      machine.nowMs = START_MS + ms;
      clock.notice(at(ms + 50, 65_535, other));
      clock.notice(at(ms + 51, 65_535, other));
      clock.notice(at(ms + 100, 65_535, other));
      expect(clock.next()).toEqual(at(ms + 51));
    }
  });

  it('begin behind those that may have been given, as soon as the own clock allows it', () => {
    const {machine, clock} = clockOf(at(120, 3, other), BigInt(START_MS + 140));
    for (let i = 0; i < 3; i++) expect(() => clock.next()).toThrow('MESSAGING_BAD_TIME');
    machine.nowMs += 41;
    expect(clock.next()).toEqual(at(141));
  });

  it('follow what came late from others, but never further than half of the tolerance', () => {
    const {clock} = clockOf();
    clock.notice(at(-5000, 3, other));
    clock.notice(at(51, 0, other));
    expect(clock.next()).toEqual(at(0));
    clock.notice(at(50, 4, other));
    expect(clock.next()).toEqual(at(50, 5));
  });

  it('go on in the next ms when the counter is spent', () => {
    const {clock} = clockOf(at(0, 65_534));
    expect([clock.next(), clock.next()]).toEqual([at(0, 65_535), at(1)]);
  });

  it.each([101, -101])('of others that are %d ms away are refused', (ms) => {
    const {clock} = clockOf();
    expect(() => clock.requireNear(at(ms, 0, other))).toThrow('MESSAGING_BAD_STAMP');
    expect(() => clock.requireNear(at(ms - Math.sign(ms), 0, other))).not.toThrow();
  });
});
