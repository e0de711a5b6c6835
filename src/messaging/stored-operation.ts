import {sha256} from '../crypto/hash.ts';
import {messageIdOf} from '../crypto/message-id.ts';
import {toHash, toSessionId} from '../protocol/bytes.ts';
import {
  type CodecValue,
  fixed,
  i16,
  optional,
  struct,
  u32,
  u64,
  union,
  versioned,
} from '../protocol/codec.ts';
import {DeleteOperation, type Operation} from '../protocol/overlay/member-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import {OwnerAuth} from '../protocol/overlay/owner-auth.ts';
import type {HistoryItem} from './history.ts';

const StoredStore = struct('StoredStore', {
  account: fixed(toSessionId),
  namespace: i16,
  timestampMs: u64,
  ttlMs: u64,
  id: fixed(toHash),
  size: u32,
  dataHash: fixed(toHash),
  auth: optional(OwnerAuth),
});

/** An operation as a member keeps it: the message's bytes lie under the record's key. */
export const StoredOperation = versioned(
  0,
  union('StoredOperation', {
    store: {typeId: 0, codec: StoredStore},
    delete: {typeId: 1, codec: DeleteOperation},
  }),
);
export type StoredOperation = CodecValue<typeof StoredOperation>;

/** An operation taken apart for applying. */
export type ReadOperation = {
  readonly inbox: InboxRef;
  readonly stored: StoredOperation;
  /** What each id's history gains. */
  readonly items: readonly HistoryItem[];
  /** Of a store that has its bytes. */
  readonly data: Uint8Array | undefined;
};

/** @param sinceMs the first cut-off that knows it: its stamp's clock, later when it came too late. */
export function readOperation({stamp, body}: Operation, sinceMs: bigint): ReadOperation {
  if (body.type === 'delete') {
    const {ids, ...inbox} = body.value.params;
    const change = {type: 'delete', value: {}} as const;
    const items = ids.map((id) => ({stamp, sinceMs, id, change}));
    return {inbox, stored: body, items, data: undefined};
  }
  const {account, namespace, timestampMs, ttlMs, content, auth} = body.value;
  const inbox = {account, namespace};
  const data = content.type === 'data' ? content.value : undefined;
  const {id, size, dataHash} =
    content.type === 'data'
      ? {
          id: messageIdOf(inbox, content.value),
          size: content.value.length,
          dataHash: sha256(content.value),
        }
      : content.value;
  const value = {expiryMs: timestampMs + ttlMs, size, dataHash};
  const items = [{stamp, sinceMs, id, change: {type: 'store', value} as const}];
  const stored = {...inbox, timestampMs, ttlMs, id, size, dataHash, auth};
  return {inbox, stored: {type: 'store', value: stored}, items, data};
}
