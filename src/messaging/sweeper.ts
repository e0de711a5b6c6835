import {concatBytes, equalBytes, toSessionId} from '../protocol/bytes.ts';
import {decode, encode, u64} from '../protocol/codec.ts';
import {RECORD_KEY_BYTES, RecordKey, Stamp, StoredEntry} from '../protocol/stored-record.ts';
import {type KeyRange, remove, type WriteOperation} from '../storage/kv.ts';
import {foldHistory} from './fold.ts';
import {History} from './history.ts';
import {nextExpiryMs, rewriteHistory} from './history-change.ts';
import {deleteRemoval, storesRemoval} from './history-removal.ts';
import {
  dataKey,
  entryKey,
  HistoryKey,
  historyKey,
  historyName,
  operationKey,
  PREFIX,
  sweepKey,
} from './key-space.ts';
import {neededItems} from './needed-items.ts';
import type {RecordDatabase} from './record-database.ts';
import type {RecordStore} from './record-store.ts';
import {StoredOperation} from './stored-operation.ts';

const U64_BYTES = 8;
const STAMP_BYTES = Stamp.maxSize;
const ACCOUNT_BYTES = toSessionId.byteLength;
/** What one call removes at most, so that it never holds the database for long. */
const MOST_AT_ONCE = 1000;

type Store = Pick<RecordStore, 'get' | 'iterate' | 'write'>;

/** Keys under a prefix that begin with an instant up to `atMs`, without prefix and instant. */
async function dueKeys(store: Store, prefix: Uint8Array, atMs: bigint): Promise<Uint8Array[]> {
  const range: KeyRange = {gte: prefix, lt: concatBytes(prefix, encode(u64, atMs + 1n))};
  const keys: Uint8Array[] = [];
  for await (const [key] of store.iterate(range)) {
    keys.push(key);
    if (keys.length === MOST_AT_ONCE) break;
  }
  return keys;
}

/** From when on things are kept, Unix ms. */
export type SweepLimits = {
  /** The oldest cut-off whose set may still be asked for. */
  readonly keepFromMs: bigint;
  /**
   * What ended up to here may lose its bytes. Before `keepFromMs`, as the majority of a swarm may not have known
   * of the end at the cut-off, and then its set holds the record.
   */
  readonly endedUntilMs: bigint;
};

type Parts = {readonly store: Store; readonly database: RecordDatabase};

/** The bytes of records that ended before every cut-off which is still to be judged. */
async function sweepEnded({store, database}: Parts, endedUntilMs: bigint): Promise<number> {
  const keys = await dueKeys(store, PREFIX.ended, endedUntilMs);
  const sweepOne = async (key: Uint8Array): Promise<void> => {
    const record = decode(RecordKey, key.subarray(key.length - RECORD_KEY_BYTES));
    await database.exclusively([historyName(record, record.id)], async () => {
      const value = await store.get(entryKey(record));
      const last = value === undefined ? undefined : decode(StoredEntry, value).versions.at(-1);
      const isEnded = last?.entry?.type !== 'record' && (last?.sinceMs ?? 0n) <= endedUntilMs;
      await store.write([...(isEnded ? [remove(dataKey(record))] : []), remove(key)]);
    });
  };
  // PERF: together, as they share their syncs.
  await Promise.all(keys.map(sweepOne));
  return keys.length;
}

/** A delete's own operation, when no history has it any more that it is part of. */
async function sweepDelete(store: Store, stamp: Stamp): Promise<readonly WriteOperation[]> {
  const value = await store.get(operationKey(stamp));
  const stored = value === undefined ? undefined : decode(StoredOperation, value);
  if (stored?.type !== 'delete') return [];
  const {ids, ...inbox} = stored.value.params;
  for (const id of ids) {
    const history = await store.get(historyKey(historyName(inbox, id)));
    const items = history === undefined ? [] : decode(History, history).items;
    const place = encode(Stamp, stamp);
    if (items.some((item) => equalBytes(encode(Stamp, item.stamp), place))) return [];
  }
  return deleteRemoval(stamp, inbox.namespace);
}

/** What no cut-off to come can tell from its absence goes; the rest comes up again. */
async function sweepHistory(
  {store, database}: Parts,
  key: Uint8Array,
  keepFromMs: bigint,
): Promise<void> {
  const name = key.subarray(PREFIX.sweep.length + U64_BYTES);
  await database.exclusively([name], async () => {
    const value = await store.get(historyKey(name));
    if (value === undefined) return store.write([remove(key)]);
    const {items} = decode(History, value);
    const inbox = decode(HistoryKey, name);
    const needed = neededItems(inbox.namespace, items, keepFromMs);
    const gone = items.slice(0, items.length - needed.length);
    const {writes} = rewriteHistory({inbox, name}, items, needed);
    const nextMs = nextExpiryMs(foldHistory(inbox.namespace, needed), keepFromMs);
    await store.write([
      ...writes,
      ...storesRemoval(inbox, gone),
      remove(key),
      ...(nextMs === undefined
        ? []
        : [{type: 'put' as const, key: sweepKey(nextMs, name), value: new Uint8Array()}]),
    ]);
    for (const {stamp, change} of gone) {
      if (change.type !== 'delete') continue;
      const removal = await sweepDelete(store, stamp);
      if (removal.length > 0) await store.write(removal);
    }
  });
}

/**
 * Removes what no cut-off from `keepFromMs` on can hold: bytes of records that ended, and all of a message
 * whose last expiry has passed. Until then they are kept, unreadable to clients, for the answers of the epoch.
 * Chain-rules §4. Answers how many entries it looked at; 0 when done.
 */
export async function sweep(
  parts: Parts,
  {keepFromMs, endedUntilMs}: SweepLimits,
): Promise<number> {
  const {store, database} = parts;
  const ended = await sweepEnded(parts, endedUntilMs);
  const due = await dueKeys(store, PREFIX.sweep, keepFromMs);
  for (const key of due) {
    const name = key.subarray(PREFIX.sweep.length + U64_BYTES);
    if (name.length === STAMP_BYTES) {
      await store.write([remove(key), remove(operationKey(decode(Stamp, name)))]);
    } else if (name.length === ACCOUNT_BYTES) {
      await database.keys.sweep(toSessionId(name.slice()), key, keepFromMs);
    } else {
      await sweepHistory(parts, key, keepFromMs);
    }
  }
  return ended + due.length;
}
