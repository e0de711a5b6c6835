import {decode, encode, struct, u32, u64} from '../../protocol/codec.ts';
import type {KeyValueReader, WriteOperation} from '../../storage/kv.ts';
import {ApiError} from '../api/errors.ts';
import {EVENT_PREFIX, eventKey, HISTORY_BOUNDS_KEY} from '../chain-keys.ts';
import {decodeStored} from '../decode-stored.ts';
import {cursorToString, type EventCursor, endOfBlock} from './cursor.ts';
import {type Acceptance, deriveEvents} from './derive-events.ts';
import {type EventBatch, type EventPiece, toBatch} from './event-batch.ts';
import {type MissPage, type MissQuery, missWrites, pageOfMisses} from './miss-index.ts';
import {type BlockEvents, RecentEvents} from './recent-events.ts';
import {EventChunk, HistoryBounds, MAX_CHUNK_EVENTS} from './stored-event.ts';

/** What accepting a block writes beside block and state, and then tells. */
export type HistoryEntry = {
  readonly writes: readonly WriteOperation[];
  readonly block: BlockEvents;
  readonly bounds: HistoryBounds;
};

export type ChainHistoryInit = {
  readonly database: KeyValueReader;
  /** Blocks whose events stay on the disk; 0 for none. */
  readonly eventBlocks: number;
  /** Height of the last accepted block. */
  readonly lastAccepted: bigint;
};

/** Old events go in passes, so that no accept has to look for them. */
const PRUNE_EVERY_BLOCKS = 128n;
const MAX_PRUNED = 1024;

const MAX_HEIGHT = (1n << 64n) - 1n;

const EventKeyTail = struct('event key', {height: u64, index: u32});

function chunkWrites({height, blockId, timestamp, events}: BlockEvents): WriteOperation[] {
  const writes: WriteOperation[] = [];
  for (let first = 0; first < events.length; first += MAX_CHUNK_EVENTS) {
    const part = events.slice(first, first + MAX_CHUNK_EVENTS);
    const value = encode(EventChunk, {blockId, timestamp, events: part});
    writes.push({type: 'put', key: eventKey(height, first), value});
  }
  return writes;
}

/** What is known when the next block is the first to be seen. */
function nothingUpTo(height: bigint): HistoryBounds {
  return {eventsFrom: height + 1n, missesFrom: height + 1n, newest: height};
}

/**
 * What happened on the chain: events of the last blocks, misses of every node. Written in the batch
 * of the accept, read by the API. No part of the state: a node that begins elsewhere knows less.
 */
export class ChainHistory {
  readonly #database: KeyValueReader;
  readonly #eventBlocks: bigint;
  readonly #recent = new RecentEvents();
  readonly #listeners = new Set<() => void>();
  #bounds: HistoryBounds;

  private constructor({database, eventBlocks}: ChainHistoryInit, bounds: HistoryBounds) {
    this.#database = database;
    this.#eventBlocks = BigInt(eventBlocks);
    this.#bounds = bounds;
  }

  /** @throws ChainStoreError CHAIN_STORE_CORRUPT */
  static async open(init: ChainHistoryInit): Promise<ChainHistory> {
    const nothing = nothingUpTo(init.lastAccepted);
    const bytes = await init.database.get(HISTORY_BOUNDS_KEY);
    const stored = bytes === undefined ? nothing : decodeStored(HistoryBounds, bytes);
    // Blocks came in without this history: what it has ends before them.
    return new ChainHistory(init, stored.newest === init.lastAccepted ? stored : nothing);
  }

  /** Height from which on misses are known. */
  get missesFrom(): bigint {
    return this.#bounds.missesFrom;
  }

  /** Height from which on events can be had. */
  get eventsFrom(): bigint {
    const {eventsFrom, newest} = this.#bounds;
    const recent = this.#recent.oldest ?? newest + 1n;
    return recent < eventsFrom ? recent : eventsFrom;
  }

  /** Where the next block's events begin. */
  get end(): EventCursor {
    return {height: this.#bounds.newest + 1n, index: 0};
  }

  #boundsAfter(height: bigint): HistoryBounds {
    const {eventsFrom, missesFrom, newest} = this.#bounds;
    const isNext = height === newest + 1n;
    const kept = this.#eventBlocks === 0n ? height + 1n : height + 1n - this.#eventBlocks;
    const from = isNext ? eventsFrom : height;
    return {
      eventsFrom: kept > from ? kept : from,
      missesFrom: isNext ? missesFrom : height,
      newest: height,
    };
  }

  async #pruneWrites({eventsFrom, newest}: HistoryBounds): Promise<WriteOperation[]> {
    if (newest % PRUNE_EVERY_BLOCKS !== 0n) return [];
    const writes: WriteOperation[] = [];
    const range = {gte: EVENT_PREFIX, lt: eventKey(eventsFrom, 0)};
    for await (const [key] of this.#database.iterate(range)) {
      writes.push({type: 'delete', key});
      if (writes.length === MAX_PRUNED) break;
    }
    return writes;
  }

  /** What accepting this block adds; changes nothing before `add`. */
  async prepare(acceptance: Acceptance): Promise<HistoryEntry> {
    const {block, judgements} = acceptance.executed;
    const {id, height, timestamp} = block;
    const bounds = this.#boundsAfter(height);
    const events = {height, blockId: id, timestamp, events: deriveEvents(acceptance)};
    const writes = [
      ...missWrites(judgements, height),
      ...(this.#eventBlocks === 0n ? [] : chunkWrites(events)),
      ...(await this.#pruneWrites(bounds)),
      {type: 'put', key: HISTORY_BOUNDS_KEY, value: encode(HistoryBounds, bounds)} as const,
    ];
    return {writes, block: events, bounds};
  }

  /** The block is accepted: those who follow are told. */
  add({block, bounds}: HistoryEntry): void {
    this.#bounds = bounds;
    this.#recent.add(block);
    this.#tell();
  }

  /** The chain goes on from a state that came whole: what happened up to its block is not known here. */
  jump(lastAccepted: bigint): void {
    this.#bounds = nothingUpTo(lastAccepted);
    this.#recent.clear();
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Told after each accepted block, and when the chain has jumped. @returns how to end it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tooOld(): ApiError {
    const height = this.eventsFrom;
    const oldest = cursorToString({height, index: 0});
    const after = cursorToString(endOfBlock(height - 1n));
    return new ApiError('API_CURSOR_TOO_OLD', {oldest, after});
  }

  async *#stored(from: EventCursor): AsyncGenerator<EventPiece> {
    const first = from.index - (from.index % MAX_CHUNK_EVENTS);
    const range = {gte: eventKey(from.height, first), lt: eventKey(MAX_HEIGHT, 0)};
    for await (const [key, value] of this.#database.iterate(range)) {
      const {height, index} = decode(EventKeyTail, key.subarray(EVENT_PREFIX.length));
      const chunk = decodeStored(EventChunk, value);
      yield {...chunk, height, first: index, isLast: chunk.events.length < MAX_CHUNK_EVENTS};
    }
  }

  #pieces(from: EventCursor): Iterable<EventPiece> | AsyncIterable<EventPiece> {
    const {oldest} = this.#recent;
    if (oldest === undefined || from.height < oldest) return this.#stored(from);
    return this.#recent.from(from.height).map((block) => ({...block, first: 0, isLast: true}));
  }

  /** Throws when events from here on are not all to be had. @throws ApiError API_CURSOR_TOO_OLD */
  assertKept(from: EventCursor): void {
    if (from.height < this.eventsFrom) throw this.#tooOld();
  }

  /**
   * The next events from a place on; none at the end.
   * @throws ApiError API_CURSOR_TOO_OLD, ChainStoreError CHAIN_STORE_CORRUPT
   */
  async read(from: EventCursor): Promise<EventBatch> {
    if (from.height > this.#bounds.newest) return {events: [], next: from};
    this.assertKept(from);
    const batch = await toBatch(this.#pieces(from), from);
    // Between the look and the reading it was forgotten.
    if (batch === undefined) throw this.#tooOld();
    return batch;
  }

  misses(query: MissQuery): Promise<MissPage> {
    return pageOfMisses(this.#database, query);
  }
}
