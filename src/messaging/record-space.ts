import {decode} from '../protocol/codec.ts';
import {
  type RecordKey,
  RecordKey as RecordKeyCodec,
  type SetEntry,
  type SetLeaf,
  StoredEntry,
} from '../protocol/stored-record.ts';
import type {KeyValueReader} from '../storage/kv.ts';
import {prefixRange} from '../storage/kv.ts';
import {MessagingError} from './errors.ts';
import {dataKey, PREFIX} from './key-space.ts';

/** What a leaf said at an instant, Unix ms; undefined when it had not begun or had ended. */
export function entryAt({versions}: StoredEntry, atMs: bigint): SetEntry | undefined {
  let entry: SetEntry | undefined;
  for (const version of versions) {
    if (version.sinceMs > atMs) break;
    entry = version.entry;
  }
  return entry !== undefined && entry.value.expiryMs > atMs ? entry : undefined;
}

/**
 * The leaves of Set_e at the cut-off T_e (Unix ms), in key order: what the operations stamped up to
 * there fold to, as far as its expiry lies after it. Chain-rules §4, SPEC.md §7.2.
 */
export async function* leavesAt(
  reader: KeyValueReader,
  cutOffMs: bigint,
): AsyncGenerator<SetLeaf, void, undefined> {
  for await (const [rawKey, value] of reader.iterate(prefixRange(PREFIX.entry))) {
    const entry = entryAt(decode(StoredEntry, value), cutOffMs);
    if (entry === undefined) continue;
    yield {key: decode(RecordKeyCodec, rawKey.subarray(PREFIX.entry.length)), entry};
  }
}

/** @throws MessagingError MESSAGING_RECORD_DAMAGED when it is gone or of another size. */
export async function readData(
  reader: KeyValueReader,
  key: RecordKey,
  size: number,
): Promise<Uint8Array> {
  const data = await reader.get(dataKey(key));
  if (data === undefined || data.length !== size) {
    throw new MessagingError('MESSAGING_RECORD_DAMAGED', {size, found: data?.length ?? 'nothing'});
  }
  return data;
}
