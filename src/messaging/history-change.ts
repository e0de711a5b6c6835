import {BytePool} from '../protocol/byte-pool.ts';
import {bytesToKey, compareBytes, equalBytes} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {RecordKey, Stamp, StoredEntry} from '../protocol/stored-record.ts';
import type {WriteOperation} from '../storage/kv.ts';
import {type FoldedLeaf, foldHistory} from './fold.ts';
import {History, type HistoryItem} from './history.ts';
import {endedKey, entryKey, historyKey, sweepKey} from './key-space.ts';

const EMPTY = new Uint8Array();
/** What is written is forgotten once it is on disk. */
const pool = new BytePool();

const keyOf = (inbox: InboxRef, {stamp, id}: Pick<FoldedLeaf, 'stamp' | 'id'>): RecordKey => ({
  ...inbox,
  stamp,
  id,
});

/** When nothing of these leaves counts any more, Unix ms. */
export function lastExpiryMs(leaves: readonly FoldedLeaf[]): bigint {
  let last = 0n;
  for (const {versions} of leaves) {
    for (const {entry} of versions) {
      if (entry !== undefined && entry.value.expiryMs > last) last = entry.value.expiryMs;
    }
  }
  return last;
}

/** Since when the leaf is no record any more, Unix ms; undefined while it is one. */
export function endedSinceMs({versions}: Pick<FoldedLeaf, 'versions'>): bigint | undefined {
  const last = versions.at(-1);
  return last === undefined || last.entry?.type === 'record' ? undefined : last.sinceMs;
}

type Folded = {readonly key: RecordKey; readonly leaf: FoldedLeaf; readonly bytes: Uint8Array};

function foldedByKey(inbox: InboxRef, leaves: readonly FoldedLeaf[]): Map<string, Folded> {
  return new Map(
    leaves.map((leaf) => {
      const key = keyOf(inbox, leaf);
      const bytes = encode(StoredEntry, {versions: [...leaf.versions]}, pool);
      return [bytesToKey(encode(RecordKey, key, pool)), {key, leaf, bytes}];
    }),
  );
}

export type HistoryChange = {
  readonly items: readonly HistoryItem[];
  readonly leaves: readonly FoldedLeaf[];
  readonly writes: readonly WriteOperation[];
};

const byStamp = (a: HistoryItem, b: HistoryItem): number =>
  compareBytes(encode(Stamp, a.stamp), encode(Stamp, b.stamp)) || compareBytes(a.id, b.id);

/** What one history becomes by more operations: only leaves that change are written. */
export function changeHistory(
  {inbox, name}: {readonly inbox: InboxRef; readonly name: Uint8Array},
  before: readonly HistoryItem[],
  added: readonly HistoryItem[],
): HistoryChange {
  const items = [...before, ...added].sort(byStamp);
  const leaves = foldHistory(inbox.namespace, items);
  const oldLeaves = before.length === 0 ? [] : foldHistory(inbox.namespace, before);
  const [old, now] = [foldedByKey(inbox, oldLeaves), foldedByKey(inbox, leaves)];
  const writes: WriteOperation[] = [
    {type: 'put', key: historyKey(name), value: encode(History, {items}, pool)},
  ];
  for (const [place, {key, leaf, bytes}] of now) {
    const known = old.get(place);
    if (known !== undefined && equalBytes(known.bytes, bytes)) continue;
    writes.push({type: 'put', key: entryKey(key), value: bytes});
    const since = endedSinceMs(leaf);
    if (since !== undefined) writes.push({type: 'put', key: endedKey(since, key), value: EMPTY});
  }
  for (const [place, {key}] of old) {
    if (!now.has(place)) writes.push({type: 'delete', key: entryKey(key)});
  }
  const [sweptBefore, sweptNow] = [lastExpiryMs(oldLeaves), lastExpiryMs(leaves)];
  if (sweptBefore !== sweptNow || before.length === 0) {
    if (before.length > 0) writes.push({type: 'delete', key: sweepKey(sweptBefore, name)});
    writes.push({type: 'put', key: sweepKey(sweptNow, name), value: EMPTY});
  }
  return {items, leaves, writes};
}
