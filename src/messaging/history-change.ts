import {BytePool} from '../protocol/byte-pool.ts';
import {bytesToKey, compareBytes, equalBytes} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {RecordKey, Stamp, StoredEntry} from '../protocol/stored-record.ts';
import {remove, type WriteOperation} from '../storage/kv.ts';
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

/** When what a leaf says is over, Unix ms. */
function leafExpiryMs({versions}: Pick<FoldedLeaf, 'versions'>): bigint {
  let last = 0n;
  for (const {entry} of versions) {
    if (entry !== undefined && entry.value.expiryMs > last) last = entry.value.expiryMs;
  }
  return last;
}

/** When the first of these leaves is over, of those that are not at an instant, Unix ms; undefined: all are. */
export function nextExpiryMs(leaves: readonly FoldedLeaf[], afterMs = 0n): bigint | undefined {
  let next: bigint | undefined;
  for (const leaf of leaves) {
    const expiryMs = leafExpiryMs(leaf);
    if (expiryMs > afterMs && (next === undefined || expiryMs < next)) next = expiryMs;
  }
  return next;
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

function isRecord(folded: Folded | undefined): boolean {
  return folded !== undefined && endedSinceMs(folded.leaf) === undefined;
}

export type HistoryChange = {
  readonly writes: readonly WriteOperation[];
  /** Leaves that are records now and were none before. */
  readonly begun: readonly FoldedLeaf[];
  /** Leaves that were records and are none any more. */
  readonly ended: readonly FoldedLeaf[];
};

type HistoryPlace = {readonly inbox: InboxRef; readonly name: Uint8Array};

/** A history's own record, and when something of it may be swept. */
function placeWrites(
  name: Uint8Array,
  items: readonly HistoryItem[],
  {before, now}: {readonly before: bigint | undefined; readonly now: bigint | undefined},
): WriteOperation[] {
  const key = historyKey(name);
  const writes: WriteOperation[] = [
    items.length === 0
      ? remove(key)
      : {type: 'put', key, value: encode(History, {items: [...items]}, pool)},
  ];
  if (before === now) return writes;
  if (before !== undefined) writes.push(remove(sweepKey(before, name)));
  if (now !== undefined) writes.push({type: 'put', key: sweepKey(now, name), value: EMPTY});
  return writes;
}

/** What one history becomes by other operations than before: only leaves that change are written. */
export function rewriteHistory(
  {inbox, name}: HistoryPlace,
  before: readonly HistoryItem[],
  items: readonly HistoryItem[],
): HistoryChange {
  const [oldLeaves, leaves] = [
    foldHistory(inbox.namespace, before),
    foldHistory(inbox.namespace, items),
  ];
  const [old, now] = [foldedByKey(inbox, oldLeaves), foldedByKey(inbox, leaves)];
  const writes = placeWrites(name, items, {
    before: nextExpiryMs(oldLeaves),
    now: nextExpiryMs(leaves),
  });
  const [begun, ended]: [FoldedLeaf[], FoldedLeaf[]] = [[], []];
  for (const [place, folded] of now) {
    const {key, leaf, bytes} = folded;
    const known = old.get(place);
    if (known !== undefined && equalBytes(known.bytes, bytes)) continue;
    if (isRecord(folded) && !isRecord(known)) begun.push(leaf);
    if (isRecord(known) && !isRecord(folded)) ended.push(leaf);
    writes.push({type: 'put', key: entryKey(key), value: bytes});
    const since = endedSinceMs(leaf);
    if (since !== undefined) writes.push({type: 'put', key: endedKey(since, key), value: EMPTY});
  }
  for (const [place, {key, leaf}] of old) {
    if (now.has(place)) continue;
    writes.push(remove(entryKey(key)));
    const since = endedSinceMs(leaf);
    if (since !== undefined) writes.push(remove(endedKey(since, key)));
  }
  return {writes, begun, ended};
}

const byStamp = (a: HistoryItem, b: HistoryItem): number =>
  compareBytes(encode(Stamp, a.stamp), encode(Stamp, b.stamp)) || compareBytes(a.id, b.id);

/** What one history becomes by more operations. */
export function changeHistory(
  place: HistoryPlace,
  before: readonly HistoryItem[],
  added: readonly HistoryItem[],
): HistoryChange {
  return rewriteHistory(place, before, [...before, ...added].sort(byStamp));
}
