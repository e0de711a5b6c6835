import {describe, expect, it} from 'vitest';
import {OVERLAP_MS, ReaderState} from '../../src/client/reader-state.ts';
import {toHash, toNodeId} from '../../src/protocol/bytes.ts';
import type {Cursor} from '../../src/protocol/overlay/client-protocol.ts';

const BASE_MS = 1_700_000_000_000n;
const coordinator = toNodeId(new Uint8Array(20).fill(1));

function recordAt(ms: bigint, n: number): Cursor {
  const id = toHash(new Uint8Array(32).fill(n));
  return {stamp: {clockMs: BASE_MS + ms, counter: 0, coordinator}, id};
}

/** As it is between two runs. */
const restarted = (state: ReaderState): ReaderState => new ReaderState(state.encode());

describe('where a reader stands', () => {
  it('is 20 s before the greatest stamp, and what was shown since is not shown again', () => {
    let state = new ReaderState();
    expect(state.start).toBeUndefined();
    expect(state.show(recordAt(5000n, 1))).toBe(true);
    expect(state.show(recordAt(1000n, 2))).toBe(true);
    state = restarted(state);
    expect(state.start).toEqual({
      stamp: {
        clockMs: BASE_MS + 5000n - OVERLAP_MS,
        counter: 0,
        coordinator: new Uint8Array(20),
      },
      id: new Uint8Array(32),
    });
    expect(state.show(recordAt(5000n, 1))).toBe(false);
    expect(state.show(recordAt(1000n, 2))).toBe(false);
    expect(state.show(recordAt(900n, 3))).toBe(true);
  });

  it('does not show a message again under a second stamp, which the first has left behind', () => {
    let state = new ReaderState();
    expect(state.show(recordAt(0n, 1))).toBe(true);
    state.show(recordAt(20_500n, 2));
    // The first lies before the overlap now, the second does not.
    expect(state.start?.stamp.clockMs).toBe(BASE_MS + 500n);
    state = restarted(state);
    expect(state.show(recordAt(4000n, 1))).toBe(false);
  });

  it('remembers a message by the greatest of its stamps', () => {
    let state = new ReaderState();
    expect(state.show(recordAt(0n, 1))).toBe(true);
    expect(state.show(recordAt(19_000n, 1))).toBe(false);
    expect(state.show(recordAt(1000n, 1))).toBe(false);
    state.show(recordAt(45_000n, 2));
    state = restarted(state);
    expect(state.show(recordAt(30_000n, 1))).toBe(false);
  });

  it('forgets what cannot come again, and the oldest of too much', () => {
    const state = new ReaderState();
    state.show(recordAt(0n, 1));
    const before = state.encode().length;
    state.show(recordAt(1_000_000n, 2));
    expect(state.encode().length).toBe(before);
    for (let n = 0; n < 20_010; n++) {
      const id = toHash(new Uint8Array(32).fill(9));
      new DataView(id.buffer).setUint32(0, n);
      state.show({...recordAt(1_000_000n, 9), id});
    }
    expect(state.encode().length).toBeLessThan(20_000 * 40 + 200);
    expect(state.show(recordAt(1_000_000n, 2))).toBe(true);
  });
});
