import {expect, it} from 'vitest';
import {foldHistory} from '../../src/messaging/fold.ts';
import type {HistoryItem} from '../../src/messaging/history.ts';
import {entryAt} from '../../src/messaging/record-space.ts';
import {bytesToHex, hexToBytes, toHash, toNodeId} from '../../src/protocol/bytes.ts';
import vectors from '../client/vectors/folds.json' with {type: 'json'};

/** SPEC.md §7.2 against leaves that a second implementation made. */
const coordinator = toNodeId(new Uint8Array(20));
const dataHash = toHash(new Uint8Array(32));

type Operation = {
  readonly clockMs: string;
  /** Null: counted from its clock on. */
  readonly sinceMs: string | null;
  readonly id: string;
  /** Null: a delete. */
  readonly expiryMs: string | null;
};
const operationsOf = ({operations}: {readonly operations: readonly Operation[]}) => operations;

function itemOf({clockMs, sinceMs, id, expiryMs}: Operation): HistoryItem {
  return {
    stamp: {clockMs: BigInt(clockMs), counter: 0, coordinator},
    sinceMs: BigInt(sinceMs ?? clockMs),
    id: toHash(hexToBytes(id)),
    change:
      expiryMs === null
        ? {type: 'delete', value: {}}
        : {type: 'store', value: {expiryMs: BigInt(expiryMs), size: 1, dataHash}},
  };
}

it.each(vectors)('$name', ({namespace, sets, ...rest}) => {
  const folded = foldHistory(namespace, operationsOf(rest).map(itemOf));
  for (const {cutOffMs, leaves} of sets) {
    const found = folded.flatMap(({stamp, id, versions}) => {
      const entry = entryAt({versions}, BigInt(cutOffMs));
      if (entry === undefined) return [];
      return {
        clockMs: stamp.clockMs.toString(),
        id: bytesToHex(id),
        type: entry.type,
        expiryMs: entry.value.expiryMs.toString(),
      };
    });
    const order = (a: (typeof found)[number], b: (typeof found)[number]): number =>
      a.clockMs + a.id < b.clockMs + b.id ? -1 : 1;
    expect(found.sort(order)).toEqual(leaves);
  }
});

it('there are cases with late operations', () => {
  const operations = vectors.flatMap(operationsOf);
  expect(operations.filter(({sinceMs}) => sinceMs !== null)).toHaveLength(6);
});
