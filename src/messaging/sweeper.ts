import {concatBytes, toSessionId} from '../protocol/bytes.ts';
import {decode, encode, u64} from '../protocol/codec.ts';
import {RECORD_KEY_BYTES, RecordKey, Stamp, StoredEntry} from '../protocol/stored-record.ts';
import {type KeyRange, remove, type WriteOperation} from '../storage/kv.ts';
import {foldHistory} from './fold.ts';
import {History} from './history.ts';
import {lastExpiryMs} from './history-change.ts';
import {historyRemoval} from './history-removal.ts';
import {
  dataKey,
  entryKey,
  HistoryKey,
  historyKey,
  operationKey,
  PREFIX,
  sweepKey,
} from './key-space.ts';
import type {RecordDatabase} from './record-database.ts';
import type {RecordStore} from './record-store.ts';

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

/** The bytes of records that ended before every cut-off which is still to be judged. */
async function sweepEnded(store: Store, keepFromMs: bigint): Promise<number> {
  const keys = await dueKeys(store, PREFIX.ended, keepFromMs);
  const writes: WriteOperation[] = [];
  for (const key of keys) {
    const record = decode(RecordKey, key.subarray(key.length - RECORD_KEY_BYTES));
    const value = await store.get(entryKey(record));
    const last = value === undefined ? undefined : decode(StoredEntry, value).versions.at(-1);
    const isEnded = last?.entry?.type !== 'record' && (last?.sinceMs ?? 0n) <= keepFromMs;
    if (isEnded) writes.push(remove(dataKey(record)));
    writes.push(remove(key));
  }
  if (writes.length > 0) await store.write(writes);
  return keys.length;
}

async function sweepHistory(
  {store, database}: {readonly store: Store; readonly database: RecordDatabase},
  key: Uint8Array,
  keepFromMs: bigint,
): Promise<void> {
  const name = key.subarray(PREFIX.sweep.length + U64_BYTES);
  await database.exclusively([name], async () => {
    const value = await store.get(historyKey(name));
    const writes = [remove(key)];
    if (value !== undefined) {
      const {items} = decode(History, value);
      const {namespace} = decode(HistoryKey, name);
      const lastMs = lastExpiryMs(foldHistory(namespace, items));
      // Extended since the key was read: it comes up again under its new time.
      if (lastMs > keepFromMs)
        writes.push({type: 'put', key: sweepKey(lastMs, name), value: new Uint8Array()});
      else writes.push(...historyRemoval(name, items));
    }
    await store.write(writes);
  });
}

/**
 * Removes what no cut-off from `keepFromMs` (Unix ms) on can hold: bytes of records that ended, and
 * all of a message whose last expiry has passed. Until then they are kept, unreadable to clients,
 * for the answers of the epoch. Chain-rules §4. Answers how many entries it looked at; 0 when done.
 */
export async function sweep(
  store: Store,
  database: RecordDatabase,
  keepFromMs: bigint,
): Promise<number> {
  const ended = await sweepEnded(store, keepFromMs);
  const due = await dueKeys(store, PREFIX.sweep, keepFromMs);
  for (const key of due) {
    const name = key.subarray(PREFIX.sweep.length + U64_BYTES);
    if (name.length === STAMP_BYTES) {
      await store.write([remove(key), remove(operationKey(decode(Stamp, name)))]);
    } else if (name.length === ACCOUNT_BYTES) {
      await database.keys.sweep(toSessionId(name.slice()), key, keepFromMs);
    } else {
      await sweepHistory({store, database}, key, keepFromMs);
    }
  }
  return ended + due.length;
}
