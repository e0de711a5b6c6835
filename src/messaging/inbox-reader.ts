import {decode} from '../protocol/codec.ts';
import type {Cursor, InboxPage, InboxRecord} from '../protocol/overlay/client-protocol.ts';
import {MAX_LISTED} from '../protocol/overlay/member-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {RecordKey, StoredEntry} from '../protocol/stored-record.ts';
import type {KeyValueReader} from '../storage/kv.ts';
import {dataKey, entryKey, inboxRange, PREFIX} from './key-space.ts';
import {readData, requireData} from './record-space.ts';

export type PageLimits = {
  readonly after: Cursor | undefined;
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Records that expired by then are not shown, Unix ms. */
  readonly nowMs: bigint;
};

type LiveEntry = {readonly key: RecordKey; readonly expiryMs: bigint; readonly size: number};

/** What of one inbox and namespace is a record now, in order of stamp. */
async function* liveEntries(
  reader: KeyValueReader,
  inbox: InboxRef,
  {after, nowMs}: Pick<PageLimits, 'after' | 'nowMs'>,
): AsyncGenerator<LiveEntry, void, undefined> {
  for await (const [rawKey, value] of reader.iterate(inboxRange(PREFIX.entry, inbox, after))) {
    const entry = decode(StoredEntry, value).versions.at(-1)?.entry;
    if (entry?.type !== 'record' || entry.value.expiryMs <= nowMs) continue;
    const key = decode(RecordKey, rawKey.subarray(PREFIX.entry.length));
    yield {key, expiryMs: entry.value.expiryMs, size: entry.value.size};
  }
}

/** What fits one page, and whether there is more. The first record fits whatever its size. */
async function fittingEntries(
  reader: KeyValueReader,
  inbox: InboxRef,
  limits: PageLimits,
): Promise<{readonly entries: readonly LiveEntry[]; readonly more: boolean}> {
  const entries: LiveEntry[] = [];
  let bytes = 0;
  for await (const entry of liveEntries(reader, inbox, limits)) {
    bytes += entry.size;
    const isFull = entries.length >= limits.maxRecords || bytes > limits.maxBytes;
    if (isFull && entries.length > 0) return {entries, more: true};
    entries.push(entry);
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
  const found = await reader.getMany(entries.map(({key}) => dataKey(key)));
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
  const entry = value === undefined ? undefined : decode(StoredEntry, value).versions.at(-1)?.entry;
  if (entry?.type !== 'record' || entry.value.expiryMs <= nowMs) return undefined;
  const {expiryMs, size} = entry.value;
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
  for await (const {key} of liveEntries(reader, inbox, {after, nowMs})) {
    if (entries.length >= most) return {entries, more: true};
    entries.push({stamp: key.stamp, id: key.id});
  }
  return {entries, more: false};
}
