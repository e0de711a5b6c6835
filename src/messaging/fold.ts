import {bytesToKey, concatBytes, type Hash} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {maxTtlMs, namespaceKind} from '../protocol/overlay/namespaces.ts';
import {type SetEntry, Stamp, type StoredEntry} from '../protocol/stored-record.ts';
import type {HistoryItem} from './history.ts';

type Versions = StoredEntry['versions'];

/** What a history makes of one place in the stored set. */
export type FoldedLeaf = {
  readonly stamp: Stamp;
  readonly id: Hash;
  readonly versions: Versions;
};

type RecordEntry = Extract<SetEntry, {readonly type: 'record'}>['value'];
/** A leaf whose versions still grow. PERF: in place, as one may have as many as its history has operations. */
type OpenLeaf = {readonly stamp: Stamp; readonly id: Hash; readonly versions: Versions};
type Live = {readonly leaf: OpenLeaf; entry: RecordEntry};

/** Where an operation makes a leaf. */
type Place = Pick<HistoryItem, 'stamp' | 'id'>;

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

  apply({stamp, id, change}: HistoryItem): void {
    const name = bytesToKey(id);
    const known = this.#live.get(name);
    const live = known !== undefined && known.entry.expiryMs > stamp.clockMs ? known : undefined;
    if (change.type === 'delete') {
      this.#delete({stamp, id}, name, live);
    } else if (live !== undefined) {
      this.#merge({stamp, id}, live, change.value);
    } else if ((this.#ended.get(name) ?? 0n) > stamp.clockMs) {
      // The tombstone wins until the record's own end.
      this.#open({stamp, id}, end(change.value.expiryMs));
      this.#keepAway(name, change.value.expiryMs);
    } else {
      this.#store({stamp, id}, name, change.value);
    }
  }

  #open({stamp, id}: Place, entry: SetEntry): OpenLeaf {
    const leaf: OpenLeaf = {stamp, id, versions: [{sinceMs: stamp.clockMs, entry}]};
    this.leaves.push(leaf);
    return leaf;
  }

  #keepAway(name: string, untilMs: bigint): void {
    const before = this.#ended.get(name) ?? 0n;
    if (untilMs > before) this.#ended.set(name, untilMs);
  }

  #store(item: Place, name: string, entry: RecordEntry): void {
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
  #merge(item: Place, live: Live, again: RecordEntry): void {
    this.#open(item, end(again.expiryMs));
    if (again.expiryMs <= live.entry.expiryMs) return;
    live.entry = {...live.entry, expiryMs: again.expiryMs};
    const entry: SetEntry = {type: 'record', value: live.entry};
    live.leaf.versions.push({sinceMs: item.stamp.clockMs, entry});
  }

  #delete(item: Place, name: string, live: Live | undefined): void {
    if (live !== undefined) {
      this.#end(item, live);
      this.#live.delete(name);
    } else if ((this.#ended.get(name) ?? 0n) <= item.stamp.clockMs) {
      const untilMs = item.stamp.clockMs + maxTtlMs(this.#namespace);
      this.#open(item, end(untilMs));
      this.#keepAway(name, untilMs);
    }
  }

  #end(item: Place, {leaf, entry}: Live): void {
    leaf.versions.push({sinceMs: item.stamp.clockMs, entry: undefined});
    this.#open(item, end(entry.expiryMs));
    this.#keepAway(bytesToKey(item.id), entry.expiryMs);
  }
}

/** The leaves of operations that all came in time. */
function foldInTime(namespace: number, items: readonly HistoryItem[]): readonly FoldedLeaf[] {
  const folding = new Folding(namespace);
  for (const item of items) folding.apply(item);
  return folding.leaves;
}

const isLate = ({stamp, sinceMs}: HistoryItem): boolean => sinceMs > stamp.clockMs;

/** What a leaf says from an instant on, up to another. */
function versionsWithin(
  versions: Versions,
  {fromMs, untilMs}: {readonly fromMs: bigint; readonly untilMs: bigint | undefined},
): Versions {
  const within: Versions = [];
  for (const {sinceMs, entry} of versions) {
    if (untilMs !== undefined && sinceMs >= untilMs) break;
    if (sinceMs <= fromMs) within.length = 0;
    within.push({sinceMs: sinceMs > fromMs ? sinceMs : fromMs, entry});
  }
  return within;
}

/** A place is either a record or an end: nothing else of it changes. */
const isSame = (a: SetEntry | undefined, b: SetEntry | undefined): boolean =>
  a?.type === b?.type && a?.value.expiryMs === b?.value.expiryMs;

/** Leaves as one cut-off after the other knew them. */
class LeafTimeline {
  readonly #leaves = new Map<string, OpenLeaf>();

  /** From an instant on, up to another, the leaves are these. */
  append(
    leaves: readonly FoldedLeaf[],
    span: {readonly fromMs: bigint; readonly untilMs: bigint | undefined},
  ): void {
    const absent = new Set(this.#leaves.keys());
    for (const {stamp, id, versions} of leaves) {
      const name = bytesToKey(concatBytes(encode(Stamp, stamp), id));
      absent.delete(name);
      const within = versionsWithin(versions, span);
      if (within.length === 0) continue;
      const leaf = this.#leaves.get(name) ?? {stamp, id, versions: []};
      this.#leaves.set(name, leaf);
      for (const version of within) this.#say(leaf, version);
    }
    for (const name of absent) {
      const leaf = this.#leaves.get(name);
      if (leaf !== undefined) this.#say(leaf, {sinceMs: span.fromMs, entry: undefined});
    }
  }

  #say(leaf: OpenLeaf, version: Versions[number]): void {
    const last = leaf.versions.at(-1);
    if (last === undefined || !isSame(last.entry, version.entry)) leaf.versions.push(version);
  }

  leaves(): readonly FoldedLeaf[] {
    return [...this.#leaves.values()];
  }
}

/**
 * The leaves that a history amounts to: its operations, which come in order of stamp, applied one
 * after the other. Whatever order they arrived in, all members that know the same operations get the
 * same leaves. What came too late changes no leaf as the cut-offs before it knew it, wherever its stamp lies.
 * Chain-rules §4, SPEC.md §7.2.
 */
export function foldHistory(
  namespace: number,
  items: readonly HistoryItem[],
): readonly FoldedLeaf[] {
  const late = items.filter(isLate);
  if (late.length === 0) return foldInTime(namespace, items);
  const instants = [...new Set([0n, ...late.map(({sinceMs}) => sinceMs)])].sort((a, b) =>
    a < b ? -1 : 1,
  );
  const timeline = new LeafTimeline();
  for (const [index, fromMs] of instants.entries()) {
    const known = items.filter((item) => !isLate(item) || item.sinceMs <= fromMs);
    timeline.append(foldInTime(namespace, known), {fromMs, untilMs: instants[index + 1]});
  }
  return timeline.leaves();
}
