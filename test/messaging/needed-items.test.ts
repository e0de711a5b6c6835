import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {foldHistory} from '../../src/messaging/fold.ts';
import type {HistoryItem} from '../../src/messaging/history.ts';
import {neededItems} from '../../src/messaging/needed-items.ts';
import {entryAt} from '../../src/messaging/record-space.ts';
import {bytesToHex, toHash, toNodeId} from '../../src/protocol/bytes.ts';

const BASE = 1_700_000_000_000n;
const DAY_MS = 86_400_000n;
const COORDINATOR = toNodeId(new Uint8Array(20).fill(1));
const idOf = (name: number) => toHash(new Uint8Array(32).fill(name));

type Change = {
  readonly name: number;
  /** Absent: a delete. */
  readonly ttl: number | undefined;
  readonly late: number;
};

function itemOf(clockMs: bigint, {name, ttl, late}: Change): HistoryItem {
  const stamp = {clockMs, counter: 0, coordinator: COORDINATOR};
  const change: HistoryItem['change'] =
    ttl === undefined
      ? {type: 'delete', value: {}}
      : {
          type: 'store',
          value: {expiryMs: clockMs + BigInt(ttl), size: 1, dataHash: idOf(name)},
        };
  return {stamp, sinceMs: clockMs + BigInt(late), id: idOf(name), change};
}

/** All that a set says at a cut-off. */
function saidAt(namespace: number, items: readonly HistoryItem[], atMs: bigint): string[] {
  return foldHistory(namespace, items)
    .flatMap(({stamp, id, versions}) => {
      const entry = entryAt({versions: [...versions]}, atMs);
      if (entry === undefined) return [];
      return [`${stamp.clockMs} ${bytesToHex(id)} ${entry.type} ${entry.value.expiryMs}`];
    })
    .sort();
}

const change = fc.record({
  name: fc.nat({max: 2}),
  ttl: fc.option(fc.nat({max: 40}), {nil: undefined, freq: 4}),
  late: fc.oneof(fc.constant(0), fc.integer({min: 0, max: 40})),
});

describe('the items that a history still needs', () => {
  it.each([
    ['an inbox', 0],
    ['an outbox', -1],
    ['a private namespace', 2],
  ])(
    'say what all of them say, from the instant on and whatever follows, in %s',
    (_, namespace) => {
      const before = fc.array(change, {minLength: 1, maxLength: 14});
      const after = fc.array(change, {maxLength: 5});
      let shortened = 0;
      fc.assert(
        fc.property(before, after, fc.nat({max: 80}), (early, late, from) => {
          const fromMs = BASE + BigInt(from);
          // Of one id, unless in an outbox.
          const named = (each: Change): Change => (namespace === -1 ? each : {...each, name: 0});
          const items = early.map((each, at) => itemOf(BASE + BigInt(at * 3), named(each)));
          const needed = neededItems(namespace, items, fromMs);
          expect(items.slice(items.length - needed.length)).toEqual(needed);
          if (needed.length > 0 && needed.length < items.length) shortened += 1;
          const nextMs = fromMs > BASE + 42n ? fromMs : BASE + 42n;
          const more = late.map((each, at) => itemOf(nextMs + BigInt(at * 3 + 1), named(each)));
          for (let at = fromMs; at < fromMs + 130n; at += 1n) {
            expect(saidAt(namespace, [...needed, ...more], at)).toEqual(
              saidAt(namespace, [...items, ...more], at),
            );
          }
        }),
        {numRuns: 300},
      );
      expect(shortened).toBeGreaterThan(0);
    },
  );

  it('are the last month’s of an outbox with a card a day', () => {
    const ttl = Number(30n * DAY_MS);
    const items = Array.from({length: 400}, (_, day) =>
      itemOf(BASE + BigInt(day) * DAY_MS, {name: day % 256, ttl, late: 0}),
    );
    expect(neededItems(-1, items, BASE + 399n * DAY_MS)).toHaveLength(30);
  });

  it('are none once all is over', () => {
    const item = itemOf(BASE, {name: 1, ttl: 10, late: 0});
    expect(neededItems(0, [item], BASE + 9n)).toEqual([item]);
    expect(neededItems(0, [item], BASE + 10n)).toEqual([]);
  });
});
