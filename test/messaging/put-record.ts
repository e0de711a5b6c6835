import {sha256} from '../../src/crypto/hash.ts';
import {dataKey, entryKey} from '../../src/messaging/key-space.ts';
import {encode} from '../../src/protocol/codec.ts';
import {type RecordKey, type SetEntry, StoredEntry} from '../../src/protocol/stored-record.ts';
import type {WriteOperation} from '../../src/storage/kv.ts';

function entryWrite(key: RecordKey, entry: SetEntry): WriteOperation {
  const versions = [{sinceMs: key.stamp.clockMs, entry}];
  return {type: 'put', key: entryKey(key), value: encode(StoredEntry, {versions})};
}

/** What a database holds of a record that was stored and never changed. */
export function recordWrites(
  key: RecordKey,
  {expiryMs, data}: {readonly expiryMs: bigint; readonly data: Uint8Array},
): readonly WriteOperation[] {
  const value = {expiryMs, size: data.length, dataHash: sha256(data)};
  return [entryWrite(key, {type: 'record', value}), {type: 'put', key: dataKey(key), value: data}];
}

export function endLeafWrites(key: RecordKey, expiryMs: bigint): readonly WriteOperation[] {
  return [entryWrite(key, {type: 'end', value: {expiryMs}})];
}
