import {sha256} from '../crypto/hash.ts';
import {concatBytes} from '../protocol/bytes.ts';
import {decode, encode} from '../protocol/codec.ts';
import {
  MAX_RECORD_BYTES,
  RecordKey,
  type SetEntry,
  type SetLeaf,
  StoredEntry,
} from '../protocol/stored-record.ts';
import type {KeyValueReader, WriteOperation} from '../storage/kv.ts';
import {MessagingError} from './errors.ts';

/**
 * Key tree of a member's record database:
 *   01 ‖ RecordKey → StoredEntry     what the stored set says of it
 *   02 ‖ RecordKey → bytes           the sealed message of a record
 */
const ENTRY = Uint8Array.of(0x01);
const AFTER_ENTRIES = Uint8Array.of(0x02);
const DATA = Uint8Array.of(0x02);

const entryKeyOf = (key: RecordKey): Uint8Array => concatBytes(ENTRY, encode(RecordKey, key));
const dataKeyOf = (key: RecordKey): Uint8Array => concatBytes(DATA, encode(RecordKey, key));

/** The two writes that store a record; they belong into one batch. */
export function recordWrites(
  key: RecordKey,
  {expiryMs, data}: {readonly expiryMs: bigint; readonly data: Uint8Array},
): readonly WriteOperation[] {
  if (data.length > MAX_RECORD_BYTES) {
    throw new MessagingError('MESSAGING_RECORD_TOO_LARGE', {size: data.length});
  }
  const value = {expiryMs, size: data.length, dataHash: sha256(data)};
  const entry: SetEntry = {type: 'record', value};
  return [
    {type: 'put', key: entryKeyOf(key), value: encode(StoredEntry, {entry})},
    {type: 'put', key: dataKeyOf(key), value: data},
  ];
}

/** The write that stores an end leaf under the stamp of what ended the record. */
export function endLeafWrites(key: RecordKey, expiryMs: bigint): readonly WriteOperation[] {
  const entry: SetEntry = {type: 'end', value: {expiryMs}};
  return [{type: 'put', key: entryKeyOf(key), value: encode(StoredEntry, {entry})}];
}

/**
 * The leaves of Set_e at the cut-off T_e (Unix ms), in key order: entries stamped up to T_e whose
 * expiry lies after it. Chain-rules §4, SPEC.md §7.2.
 */
export async function* leavesAt(
  reader: KeyValueReader,
  cutOffMs: bigint,
): AsyncGenerator<SetLeaf, void, undefined> {
  for await (const [rawKey, value] of reader.iterate({gte: ENTRY, lt: AFTER_ENTRIES})) {
    const key = decode(RecordKey, rawKey.subarray(ENTRY.length));
    const {entry} = decode(StoredEntry, value);
    if (key.stamp.clockMs <= cutOffMs && entry.value.expiryMs > cutOffMs) yield {key, entry};
  }
}

/** @throws MessagingError MESSAGING_RECORD_DAMAGED when it is gone or of another size. */
export async function readData(
  reader: KeyValueReader,
  key: RecordKey,
  size: number,
): Promise<Uint8Array> {
  const data = await reader.get(dataKeyOf(key));
  if (data === undefined || data.length !== size) {
    throw new MessagingError('MESSAGING_RECORD_DAMAGED', {size, found: data?.length ?? 'nothing'});
  }
  return data;
}
