import {bytesToKey, equalBytes} from '../protocol/bytes.ts';
import {encode} from '../protocol/codec.ts';
import {Stamp, StoredEntry} from '../protocol/stored-record.ts';
import {type FoldedLeaf, foldHistory} from './fold.ts';
import type {HistoryItem} from './history.ts';

/** Items that are folded for one look at a history: half a microsecond for each. */
const MOST_FOLDED = 65_536;
const MOST_TRIES = 32;

const stampName = (stamp: Stamp): string => bytesToKey(encode(Stamp, stamp));

/** What a leaf says from an instant on, encoded; undefined when it says nothing any more. */
function saidFrom({versions}: FoldedLeaf, fromMs: bigint): Uint8Array | undefined {
  const first = versions.findLastIndex(({sinceMs}) => sinceMs <= fromMs);
  const later = versions.slice(Math.max(first, 0)).map(({sinceMs, entry}) => ({
    sinceMs: sinceMs > fromMs ? sinceMs : fromMs,
    entry,
  }));
  const isOver = later.every(({entry}) => entry === undefined || entry.value.expiryMs <= fromMs);
  return isOver ? undefined : encode(StoredEntry, {versions: later});
}

type Said = readonly {readonly leaf: FoldedLeaf; readonly bytes: Uint8Array}[];

function allSaidFrom(leaves: readonly FoldedLeaf[], fromMs: bigint): Said {
  return leaves.flatMap((leaf) => {
    const bytes = saidFrom(leaf, fromMs);
    return bytes === undefined ? [] : [{leaf, bytes}];
  });
}

function isSameSaid(a: Said, b: Said): boolean {
  const left = new Map(a.map(({leaf, bytes}) => [placeName(leaf), bytes]));
  return (
    a.length === b.length &&
    b.every(({leaf, bytes}) => equalBytes(left.get(placeName(leaf)) ?? new Uint8Array(), bytes))
  );
}

const placeName = ({stamp, id}: FoldedLeaf): string => `${stampName(stamp)}/${bytesToKey(id)}`;

/**
 * A history, in order of stamp, without its first items where no cut-off from an instant on (Unix ms) can
 * tell: what is left folds to the same leaves from there on.
 */
export function neededItems(
  namespace: number,
  items: readonly HistoryItem[],
  fromMs: bigint,
): readonly HistoryItem[] {
  const said = allSaidFrom(foldHistory(namespace, items), fromMs);
  if (said.length === 0) return [];
  const speaking = new Set(said.map(({leaf}) => stampName(leaf.stamp)));
  const first = items.findIndex(({stamp}) => speaking.has(stampName(stamp)));
  const tries = Math.min(first, MOST_TRIES, Math.ceil(MOST_FOLDED / items.length));
  for (let at = first; at > first - tries; at -= 1) {
    const left = items.slice(at);
    if (isSameSaid(said, allSaidFrom(foldHistory(namespace, left), fromMs))) return left;
  }
  return items;
}
