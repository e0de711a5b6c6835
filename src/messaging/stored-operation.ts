import {sha256} from '../crypto/hash.ts';
import {messageIdOf} from '../crypto/message-id.ts';
import {type Hash, toHash, toSessionId} from '../protocol/bytes.ts';
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
import {OwnerAuth, type OwnerKeys} from '../protocol/overlay/owner-auth.ts';
import type {HistoryItem} from './history.ts';
import {deleteSweepMs} from './history-removal.ts';

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

/** An operation as a member keeps it: the message's bytes and the owner's keys lie under keys of their own. */
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
  /** The signer's keys, and how long the operation may need them, Unix ms. */
  readonly signer: {readonly keys: OwnerKeys; readonly untilMs: bigint} | undefined;
};

const withoutKeys = <T extends OwnerAuth | undefined>(auth: T): T =>
  auth === undefined ? auth : {...auth, keys: undefined};

function signerOf(auth: OwnerAuth | undefined, untilMs: bigint): ReadOperation['signer'] {
  return auth?.keys === undefined ? undefined : {keys: auth.keys, untilMs};
}

/**
 * @param sinceMs the first cut-off that knows it: its stamp's clock, later when it came too late
 * @param id of a store, where it is known already
 */
export function readOperation(
  {stamp, body}: Operation,
  {sinceMs, id: knownId}: {readonly sinceMs: bigint; readonly id?: Hash | undefined},
): ReadOperation {
  if (body.type === 'delete') {
    const {params, auth} = body.value;
    const {ids, ...inbox} = params;
    const change = {type: 'delete', value: {}} as const;
    const items = ids.map((id) => ({stamp, sinceMs, id, change}));
    const stored = {type: 'delete', value: {params, auth: withoutKeys(auth)}} as const;
    const signer = signerOf(auth, deleteSweepMs(stamp, inbox.namespace));
    return {inbox, stored, items, data: undefined, signer};
  }
  const {account, namespace, timestampMs, ttlMs, content, auth} = body.value;
  const inbox = {account, namespace};
  const data = content.type === 'data' ? content.value : undefined;
  const {id, size, dataHash} =
    content.type === 'data'
      ? {
          id: knownId ?? messageIdOf(inbox, content.value),
          size: content.value.length,
          dataHash: sha256(content.value),
        }
      : content.value;
  const value = {expiryMs: timestampMs + ttlMs, size, dataHash};
  const items = [{stamp, sinceMs, id, change: {type: 'store', value} as const}];
  const stored = {...inbox, timestampMs, ttlMs, id, size, dataHash, auth: withoutKeys(auth)};
  const signer = signerOf(auth, value.expiryMs);
  return {inbox, stored: {type: 'store', value: stored}, items, data, signer};
}
