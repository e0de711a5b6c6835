import {BytePool} from '../protocol/byte-pool.ts';
import {type Hash, type SessionId, toHash, toSessionId, ZERO_HASH} from '../protocol/bytes.ts';
import {encode, fixed, i16, struct, u64} from '../protocol/codec.ts';
import {type InboxRef, namespaceKind} from '../protocol/overlay/namespaces.ts';
import {RecordKey, Stamp} from '../protocol/stored-record.ts';
import {type KeyRange, prefixRange} from '../storage/kv.ts';

/**
 * Key tree of a member's record database. SPEC.md §13.2.
 *   01 ‖ RecordKey            → StoredEntry     what the stored set says of it, over time
 *   02 ‖ RecordKey            → bytes           the sealed message of a record
 *   03 ‖ HistoryKey           → History         all operations on one id, for folding
 *   04 ‖ Stamp                → StoredOperation what members pull by its stamp
 *   05 ‖ u64 ‖ HistoryKey     → –               when a history may be swept; a Stamp: a delete; an account: its keys
 *   06 ‖ u64 ‖ RecordKey      → –               when the bytes of an ended record may be
 *   07 ‖ NodeId ‖ Stamp       → –               an operation that a member has not got yet
 *   08 ‖ u64 epoch ‖ RecordKey → optional SetEntry   where W_e differs from the own set
 *   09 ‖ name                 → state of this member
 *   0a ‖ account              → ShelvedKeys     keys that the account's signed operations need
 */
const at = (prefix: number) => Uint8Array.of(prefix);
export const PREFIX = {
  entry: at(0x01),
  data: at(0x02),
  history: at(0x03),
  operation: at(0x04),
  sweep: at(0x05),
  ended: at(0x06),
  hint: at(0x07),
  override: at(0x08),
  local: at(0x09),
  ownerKeys: at(0x0a),
} as const;

/** The operations on one message id; in an outbox, on all of its ids, as one replaces another. */
export const HistoryKey = struct('HistoryKey', {
  account: fixed(toSessionId),
  namespace: i16,
  id: fixed(toHash),
});

/** Keys serve one read or one write each. */
const pool = new BytePool();

export const entryKey = (key: RecordKey): Uint8Array =>
  pool.join(PREFIX.entry, encode(RecordKey, key, pool));
/** @param place a RecordKey's encoding */
export const dataKeyAt = (place: Uint8Array): Uint8Array => pool.join(PREFIX.data, place);
export const dataKey = (key: RecordKey): Uint8Array => dataKeyAt(encode(RecordKey, key, pool));
export const operationKey = (stamp: Stamp): Uint8Array =>
  pool.join(PREFIX.operation, encode(Stamp, stamp, pool));

/** Bytes that name the history an operation on this id belongs to. */
export function historyName({account, namespace}: InboxRef, id: Hash): Uint8Array {
  const isShared = namespaceKind(namespace) === 'publicOutbox';
  return encode(HistoryKey, {account, namespace, id: isShared ? ZERO_HASH : id}, pool);
}

export const historyKey = (name: Uint8Array): Uint8Array => pool.join(PREFIX.history, name);
export const sweepKey = (atMs: bigint, name: Uint8Array): Uint8Array =>
  pool.join(PREFIX.sweep, encode(u64, atMs), name);
export const endedKey = (sinceMs: bigint, key: RecordKey): Uint8Array =>
  pool.join(PREFIX.ended, encode(u64, sinceMs), encode(RecordKey, key, pool));

export const ownerKeysKey = (account: SessionId): Uint8Array =>
  pool.join(PREFIX.ownerKeys, account);

/** The next possible key behind a record's place under `prefix`, of the same length or longer. */
const keyBehind = (prefix: Uint8Array, key: RecordKey): Uint8Array =>
  pool.join(prefix, encode(RecordKey, key, pool), Uint8Array.of(0));

/** The places of records under `prefix`, those behind `after` or all. */
export function placesRange(prefix: Uint8Array, after: RecordKey | undefined): KeyRange {
  const whole = prefixRange(prefix);
  return after === undefined ? whole : {...whole, gte: keyBehind(prefix, after)};
}

const InboxPrefix = struct('InboxPrefix', {account: fixed(toSessionId), namespace: i16});

/** What lies under `prefix` of one inbox and namespace, after `after` in order of stamp and id. */
export function inboxRange(
  prefix: Uint8Array,
  {account, namespace}: InboxRef,
  after?: Pick<RecordKey, 'stamp' | 'id'>,
): KeyRange {
  const whole = prefixRange(pool.join(prefix, encode(InboxPrefix, {account, namespace}, pool)));
  if (after === undefined) return whole;
  return {...whole, gte: keyBehind(prefix, {account, namespace, ...after})};
}
