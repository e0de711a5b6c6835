import {decodeKept} from '../protocol/codec.ts';
import type {Cursor, InboxPage, InboxRecord} from '../protocol/overlay/client-protocol.ts';
import {MAX_LISTED} from '../protocol/overlay/member-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {RecordKey, StoredEntry} from '../protocol/stored-record.ts';
import type {Entry, KeyValueReader} from '../storage/kv.ts';
import {dataKeyAt, entryKey, inboxRange, PREFIX} from './key-space.ts';
import {readData, requireData} from './record-space.ts';

export type PageLimits = {
  readonly after: Cursor | undefined;
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Records that expired by then are not shown, Unix ms. */
  readonly nowMs: bigint;
};

type LiveEntry = {
  readonly key: RecordKey;
  /** Its encoding. */
  readonly place: Uint8Array;
  readonly expiryMs: bigint;
  readonly size: number;
};

/** What a stored entry says now, if it is a record. */
function liveRecord(
  value: Uint8Array,
  nowMs: bigint,
): Omit<LiveEntry, 'key' | 'place'> | undefined {
  const entry = decodeKept(StoredEntry, value).versions.at(-1)?.entry;
  if (entry?.type !== 'record' || entry.value.expiryMs <= nowMs) return undefined;
  return {expiryMs: entry.value.expiryMs, size: entry.value.size};
}

function liveEntry([rawKey, value]: Entry, nowMs: bigint): LiveEntry | undefined {
  const record = liveRecord(value, nowMs);
  if (record === undefined) return undefined;
  const place = rawKey.subarray(PREFIX.entry.length);
  return {key: decodeKept(RecordKey, place), place, ...record};
}

/** What fits one page, and whether there is more. The first record fits whatever its size. */
async function fittingEntries(
  reader: KeyValueReader,
  inbox: InboxRef,
  {after, maxRecords, maxBytes, nowMs}: PageLimits,
): Promise<{readonly entries: readonly LiveEntry[]; readonly more: boolean}> {
  const entries: LiveEntry[] = [];
  let bytes = 0;
  const range = inboxRange(PREFIX.entry, inbox, after);
  // One more tells that there is more.
  for await (const entry of reader.iterate(range, {expected: maxRecords + 1})) {
    const live = liveEntry(entry, nowMs);
    if (live === undefined) continue;
    bytes += live.size;
    const isFull = entries.length >= maxRecords || bytes > maxBytes;
    if (isFull && entries.length > 0) return {entries, more: true};
    entries.push(live);
  }
  return {entries, more: false};
}

/**
 * A page of an inbox: what is stored in it now, after the cursor.
 * @throws MessagingError MESSAGING_RECORD_DAMAGED when a record's bytes are gone.
 */
export async function readInbox(
  reader: KeyValueReader,
  inbox: InboxRef,
  limits: PageLimits,
): Promise<InboxPage> {
  const {entries, more} = await fittingEntries(reader, inbox, limits);
  const found = await reader.getMany(entries.map(({place}) => dataKeyAt(place)));
  const records = entries.map(({key, expiryMs, size}, i): InboxRecord => {
    return {stamp: key.stamp, id: key.id, expiryMs, data: requireData(found[i], size)};
  });
  return {records, more};
}

/** One record, if it is one now. @throws MessagingError MESSAGING_RECORD_DAMAGED */
export async function readRecord(
  reader: KeyValueReader,
  key: RecordKey,
  nowMs: bigint,
): Promise<InboxRecord | undefined> {
  const value = await reader.get(entryKey(key));
  const record = value === undefined ? undefined : liveRecord(value, nowMs);
  if (record === undefined) return undefined;
  const {expiryMs, size} = record;
  return {stamp: key.stamp, id: key.id, expiryMs, data: await readData(reader, key, size)};
}

/** Stamps and ids of what `readInbox` would show, without the bytes. */
export async function listInbox(
  reader: KeyValueReader,
  inbox: InboxRef,
  {
    after,
    limit,
    nowMs,
  }: {readonly after: Cursor | undefined; readonly limit: number; readonly nowMs: bigint},
): Promise<{readonly entries: readonly Cursor[]; readonly more: boolean}> {
  const most = Math.min(limit, MAX_LISTED);
  const entries: Cursor[] = [];
  const range = inboxRange(PREFIX.entry, inbox, after);
  for await (const entry of reader.iterate(range, {expected: most + 1})) {
    const live = liveEntry(entry, nowMs);
    if (live === undefined) continue;
    if (entries.length >= most) return {entries, more: true};
    entries.push({stamp: live.key.stamp, id: live.key.id});
  }
  return {entries, more: false};
}
