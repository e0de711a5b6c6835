import {equalBytes, toSessionId} from '../protocol/bytes.ts';
import {decode} from '../protocol/codec.ts';
import {
  type RecordKey,
  RecordKey as RecordKeyCodec,
  type SetEntry,
  type SetLeaf,
  StoredEntry,
} from '../protocol/stored-record.ts';
import type {KeyValueReader} from '../storage/kv.ts';
import {swarmOf} from '../swarm/swarm-space.ts';
import {MessagingError} from './errors.ts';
import {dataKey, PREFIX, placesRange} from './key-space.ts';

/** A swarm among 2^k. */
export type SwarmPlace = {readonly swarmId: number; readonly swarmExponent: number};

/** Records begin with their account. */
const ACCOUNT_END = PREFIX.entry.length + toSessionId.byteLength;

/** Whether an account's inbox is of this swarm. Records of one account lie beside each other. */
function inboxesOf(place: SwarmPlace | undefined): (account: Uint8Array) => boolean {
  if (place === undefined || place.swarmExponent === 0) return () => true;
  const {swarmId, swarmExponent} = place;
  let last: {readonly account: Uint8Array; readonly isOurs: boolean} | undefined;
  return (account) => {
    if (last === undefined || !equalBytes(last.account, account)) {
      const isOurs = swarmOf(toSessionId(account), swarmExponent) === swarmId;
      last = {account: account.slice(), isOurs};
    }
    return last.isOurs;
  };
}

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
 * @param place of the swarm whose inboxes count; all of them without it
 * @param after the leaf that the walk begins behind; at the first without it
 */
export async function* leavesAt(
  reader: KeyValueReader,
  cutOffMs: bigint,
  {place, after}: {readonly place?: SwarmPlace; readonly after?: RecordKey | undefined} = {},
): AsyncGenerator<SetLeaf, void, undefined> {
  const isOurs = inboxesOf(place);
  for await (const [rawKey, value] of reader.iterate(placesRange(PREFIX.entry, after))) {
    if (!isOurs(rawKey.subarray(PREFIX.entry.length, ACCOUNT_END))) continue;
    const entry = entryAt(decode(StoredEntry, value), cutOffMs);
    if (entry === undefined) continue;
    yield {key: decode(RecordKeyCodec, rawKey.subarray(PREFIX.entry.length)), entry};
  }
}

/** A record's bytes as they were found. @throws MessagingError MESSAGING_RECORD_DAMAGED when they are not all there */
export function requireData(data: Uint8Array | undefined, size: number): Uint8Array {
  if (data === undefined || data.length !== size) {
    throw new MessagingError('MESSAGING_RECORD_DAMAGED', {size, found: data?.length ?? 'nothing'});
  }
  return data;
}

/** @throws MessagingError MESSAGING_RECORD_DAMAGED when it is gone or of another size. */
export async function readData(
  reader: KeyValueReader,
  key: RecordKey,
  size: number,
): Promise<Uint8Array> {
  return requireData(await reader.get(dataKey(key)), size);
}
