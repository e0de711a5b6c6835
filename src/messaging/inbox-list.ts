import {bytesToKey, compareBytes, type NodeId} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {Cursor, type InboxPage, type InboxRecord} from '../protocol/overlay/client-protocol.ts';
import {MAX_LISTED} from '../protocol/overlay/member-protocol.ts';

/** What one member says that it holds of an inbox, in order. */
export type Listed = {
  readonly nodeId: NodeId;
  readonly entries: readonly Cursor[];
  /** Of the entries: they compare as these do. */
  readonly names: readonly string[];
  readonly more: boolean;
  /** Names of these, and of what the member was asked about besides. */
  readonly told: Set<string>;
};

/** Behind a place, at most so many. */
export type ReadSpan = {readonly after: Cursor | undefined; readonly limit: number};

/** A place as a key. */
export const nameOf = (cursor: Cursor): string => bytesToKey(encode(Cursor, cursor));

/** Whether a list that ends at its last entry says anything of this place. */
function isCovered({entries, more}: Pick<Listed, 'entries' | 'more'>, place: Cursor): boolean {
  const last = entries.at(-1);
  if (!more || last === undefined) return !more;
  return !isBehind(place, last);
}

/** What the other list has of what this one covers. */
export function lackingIn(list: Listed, other: Listed): readonly Cursor[] {
  const names = new Set(list.names);
  return other.entries.filter(
    (each, at) => !names.has(other.names[at] ?? '') && isCovered(list, each),
  );
}

/** What of a page the member neither lists, though its list goes that far, nor was asked about. */
export const untoldOf = (list: Listed, {records}: InboxPage): readonly InboxRecord[] =>
  records.filter((each) => !list.told.has(nameOf(each)) && isCovered(list, each));

/** How far all of these lists after a place go; undefined when each says all that there is. */
export function leastCovered(
  lists: readonly Listed[],
  after: Cursor | undefined,
): Cursor | undefined {
  const ends = lists
    .flatMap(({entries, more}) => (more ? entries.slice(-1) : []))
    .filter((end) => after === undefined || isBehind(end, after));
  return ends.reduce<Cursor | undefined>(
    (least, end) => (least === undefined || isBehind(least, end) ? end : least),
    undefined,
  );
}

/** Whether the first place comes after the other one in the order of an inbox. */
export const isBehind = (place: Cursor, other: Cursor): boolean =>
  compareBytes(encode(Cursor, place), encode(Cursor, other)) > 0;

/** Whether it can be what a member holds there: in order behind the cursor, and full where there is more. */
export function isList({names, more}: Listed, {after, limit}: ReadSpan): boolean {
  const most = Math.min(limit, MAX_LISTED);
  if (names.length > most || (more && names.length < most)) return false;
  const places = after === undefined ? names : [nameOf(after), ...names];
  return places.every((place, at) => at === 0 || place > (places[at - 1] ?? ''));
}

export function listedBy(
  nodeId: NodeId,
  {entries, more}: {readonly entries: readonly Cursor[]; readonly more: boolean},
): Listed {
  const names = entries.map(nameOf);
  return {nodeId, entries, names, more, told: new Set(names)};
}
