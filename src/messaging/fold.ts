import {bytesToKey, type Hash} from '../protocol/bytes.ts';
import {maxTtlMs, namespaceKind} from '../protocol/overlay/namespaces.ts';
import type {SetEntry, Stamp, StoredEntry} from '../protocol/stored-record.ts';
import type {HistoryItem} from './history.ts';

/** What a history makes of one place in the stored set. */
export type FoldedLeaf = {
  readonly stamp: Stamp;
  readonly id: Hash;
  readonly versions: StoredEntry['versions'];
};

type RecordEntry = Extract<SetEntry, {readonly type: 'record'}>['value'];
type OpenLeaf = {readonly stamp: Stamp; readonly id: Hash; versions: StoredEntry['versions']};
type Live = {readonly leaf: OpenLeaf; entry: RecordEntry};

const end = (expiryMs: bigint): SetEntry => ({type: 'end', value: {expiryMs}});

/** State while one history is applied in stamp order. */
class Folding {
  readonly leaves: OpenLeaf[] = [];
  readonly #live = new Map<string, Live>();
  /** Until when a tombstone keeps an id away, Unix ms. */
  readonly #ended = new Map<string, bigint>();
  readonly #namespace: number;

  constructor(namespace: number) {
    this.#namespace = namespace;
  }

  apply({stamp, sinceMs, id, change}: HistoryItem): void {
    const name = bytesToKey(id);
    const known = this.#live.get(name);
    const live = known !== undefined && known.entry.expiryMs > stamp.clockMs ? known : undefined;
    if (change.type === 'delete') {
      this.#delete({stamp, sinceMs, id}, name, live);
    } else if (live !== undefined) {
      this.#merge({stamp, sinceMs, id}, live, change.value);
    } else if ((this.#ended.get(name) ?? 0n) > stamp.clockMs) {
      // The tombstone wins until the record's own end.
      this.#open({stamp, sinceMs, id}, end(change.value.expiryMs));
      this.#keepAway(name, change.value.expiryMs);
    } else {
      this.#store({stamp, sinceMs, id}, name, change.value);
    }
  }

  #open({stamp, id, sinceMs}: Omit<HistoryItem, 'change'>, entry: SetEntry): OpenLeaf {
    const leaf: OpenLeaf = {stamp, id, versions: [{sinceMs, entry}]};
    this.leaves.push(leaf);
    return leaf;
  }

  #keepAway(name: string, untilMs: bigint): void {
    const before = this.#ended.get(name) ?? 0n;
    if (untilMs > before) this.#ended.set(name, untilMs);
  }

  #store(item: Omit<HistoryItem, 'change'>, name: string, entry: RecordEntry): void {
    const leaf = this.#open(item, {type: 'record', value: entry});
    if (namespaceKind(this.#namespace) === 'publicOutbox') {
      for (const [other, live] of this.#live) {
        if (live.entry.expiryMs > item.stamp.clockMs) this.#end({...item, id: live.leaf.id}, live);
        this.#live.delete(other);
      }
    }
    this.#live.set(name, {leaf, entry});
  }

  /** The same message again: the smallest stamp is the record, the other may extend it. */
  #merge(item: Omit<HistoryItem, 'change'>, live: Live, again: RecordEntry): void {
    this.#open(item, end(again.expiryMs));
    if (again.expiryMs <= live.entry.expiryMs) return;
    live.entry = {...live.entry, expiryMs: again.expiryMs};
    const entry: SetEntry = {type: 'record', value: live.entry};
    live.leaf.versions = [...live.leaf.versions, {sinceMs: item.sinceMs, entry}];
  }

  #delete(item: Omit<HistoryItem, 'change'>, name: string, live: Live | undefined): void {
    if (live !== undefined) {
      this.#end(item, live);
      this.#live.delete(name);
    } else if ((this.#ended.get(name) ?? 0n) <= item.stamp.clockMs) {
      const untilMs = item.stamp.clockMs + maxTtlMs(this.#namespace);
      this.#open(item, end(untilMs));
      this.#keepAway(name, untilMs);
    }
  }

  #end(item: Omit<HistoryItem, 'change'>, {leaf, entry}: Live): void {
    leaf.versions = [...leaf.versions, {sinceMs: item.sinceMs, entry: undefined}];
    this.#open(item, end(entry.expiryMs));
    this.#keepAway(bytesToKey(item.id), entry.expiryMs);
  }
}

/**
 * The leaves that a history amounts to: its operations, which come in order of stamp, applied one
 * after the other. Whatever order they arrived in, all members that know the same operations get the
 * same leaves. Chain-rules §4, SPEC.md §7.2.
 */
export function foldHistory(
  namespace: number,
  items: readonly HistoryItem[],
): readonly FoldedLeaf[] {
  const folding = new Folding(namespace);
  for (const item of items) folding.apply(item);
  return folding.leaves;
}
