import {decode, encode} from '../protocol/codec.ts';
import {maxTtlMs} from '../protocol/overlay/namespaces.ts';
import {Stamp} from '../protocol/stored-record.ts';
import {remove, type WriteOperation} from '../storage/kv.ts';
import {foldHistory} from './fold.ts';
import type {HistoryItem} from './history.ts';
import {lastExpiryMs} from './history-change.ts';
import {
  dataKey,
  endedKey,
  entryKey,
  HistoryKey,
  historyKey,
  operationKey,
  sweepKey,
} from './key-space.ts';

/** Everything of one history; a delete's own operation has its own time. */
export function historyRemoval(name: Uint8Array, items: readonly HistoryItem[]): WriteOperation[] {
  const {account, namespace} = decode(HistoryKey, name);
  const inbox = {account, namespace};
  const leaves = foldHistory(namespace, items);
  const writes = [remove(historyKey(name)), remove(sweepKey(lastExpiryMs(leaves), name))];
  for (const {stamp, id, versions} of leaves) {
    const key = {...inbox, stamp, id};
    writes.push(remove(entryKey(key)));
    const last = versions.at(-1);
    if (last?.entry?.type !== 'record') writes.push(remove(endedKey(last?.sinceMs ?? 0n, key)));
  }
  for (const {stamp, id, change} of items) {
    if (change.type === 'delete') continue;
    writes.push(remove(dataKey({...inbox, stamp, id})), remove(operationKey(stamp)));
  }
  return writes;
}

/** When a delete's own operation may be swept, Unix ms. */
export const deleteSweepMs = (stamp: Stamp, namespace: number): bigint =>
  stamp.clockMs + maxTtlMs(namespace);

/** A delete's own operation, and when it would have been swept. */
export function deleteRemoval(stamp: Stamp, namespace: number): WriteOperation[] {
  const sweep = sweepKey(deleteSweepMs(stamp, namespace), encode(Stamp, stamp));
  return [remove(operationKey(stamp)), remove(sweep)];
}
