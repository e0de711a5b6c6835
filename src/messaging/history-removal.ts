import {decode, encode} from '../protocol/codec.ts';
import {type InboxRef, maxTtlMs} from '../protocol/overlay/namespaces.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {remove, type WriteOperation} from '../storage/kv.ts';
import type {HistoryItem} from './history.ts';
import {rewriteHistory} from './history-change.ts';
import {dataKey, HistoryKey, operationKey, sweepKey} from './key-space.ts';

/** Messages and operations of stores; a delete's own operation may be of other histories, too. */
export function storesRemoval(
  {account, namespace}: InboxRef,
  items: readonly HistoryItem[],
): WriteOperation[] {
  const stores = items.filter(({change}) => change.type === 'store');
  return stores.flatMap(({stamp, id}) => [
    remove(dataKey({account, namespace, stamp, id})),
    remove(operationKey(stamp)),
  ]);
}

/** Everything of one history but for the operations of its deletes. */
export function historyRemoval(name: Uint8Array, items: readonly HistoryItem[]): WriteOperation[] {
  const inbox = decode(HistoryKey, name);
  return [...rewriteHistory({inbox, name}, items, []).writes, ...storesRemoval(inbox, items)];
}

/** When a delete's own operation may be swept at the latest, Unix ms. */
export const deleteSweepMs = (stamp: Stamp, namespace: number): bigint =>
  stamp.clockMs + maxTtlMs(namespace);

/** A delete's own operation, and when it would have been swept. */
export function deleteRemoval(stamp: Stamp, namespace: number): WriteOperation[] {
  const sweep = sweepKey(deleteSweepMs(stamp, namespace), encode(Stamp, stamp));
  return [remove(operationKey(stamp)), remove(sweep)];
}
