import type {EventCursor} from './cursor.ts';
import type {PlacedEvent} from './event-view.ts';
import type {BlockEvents} from './recent-events.ts';

/** Events of one block from index `first` on. */
export type EventPiece = BlockEvents & {
  readonly first: number;
  /** No other piece of the block follows. */
  readonly isLast: boolean;
};

/** What one look gets, and where to go on. */
export type EventBatch = {readonly events: readonly PlacedEvent[]; readonly next: EventCursor};

/** Bounds what a reader that is far behind holds in memory. */
const MAX_BATCH_EVENTS = 512;

/** The piece is the one that the place is in, or the first one after an end of a block. */
function follows({height}: EventPiece, from: EventCursor): boolean {
  return height === from.height || (height === from.height + 1n && from.index > 0);
}

function place(piece: EventPiece, skipped: number, limit: number): PlacedEvent[] {
  const {height, blockId, timestamp, first} = piece;
  return piece.events
    .slice(skipped, skipped + limit)
    .map((event, i) => ({height, index: first + skipped + i, blockId, timestamp, event}));
}

/** Takes a batch; undefined when the pieces do not begin at the place. */
export async function toBatch(
  pieces: Iterable<EventPiece> | AsyncIterable<EventPiece>,
  from: EventCursor,
): Promise<EventBatch | undefined> {
  const events: PlacedEvent[] = [];
  let next = from;
  for await (const piece of pieces) {
    if (next === from && !follows(piece, from)) return undefined;
    const {height, first, isLast} = piece;
    const length = piece.events.length;
    const skipped = height === next.height ? Math.min(length, Math.max(0, next.index - first)) : 0;
    const placed = place(piece, skipped, MAX_BATCH_EVENTS - events.length);
    events.push(...placed);
    const end = skipped + placed.length;
    const isWhole = isLast && end === length;
    next = isWhole ? {height: height + 1n, index: 0} : {height, index: first + end};
    if (events.length >= MAX_BATCH_EVENTS) break;
  }
  return next === from ? undefined : {events, next};
}
