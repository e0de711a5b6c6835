import {bytesToKey, toSessionId} from '../protocol/bytes.ts';
import type {InboxPage} from '../protocol/overlay/client-protocol.ts';
import type {InboxRef} from '../protocol/overlay/namespaces.ts';
import type {Entry, KeyRange, ReadOptions, WalkOptions, WriteOperation} from '../storage/kv.ts';
import {type PageLimits, readInbox} from './inbox-reader.ts';
import {inboxRange, PREFIX} from './key-space.ts';
import type {RecordStore} from './record-store.ts';

/** All pages together, in bytes, and those of one inbox: its owner's devices stand at few places. */
const MOST_BYTES = 16_777_216;
const MOST_PAGES = 8;
/** What an inbox, a page and a record of it cost besides the messages' bytes, about. */
const PAGE_BYTES = 512;
const RECORD_BYTES = 256;
/** Account and namespace, behind the prefix. */
const INBOX_BYTES = toSessionId.byteLength + 2;

type Kept = {
  readonly page: InboxPage;
  readonly bytes: number;
  readonly fromMs: bigint;
  /** A record of it expires then. */
  readonly untilMs: bigint | undefined;
};

/** The pages of one inbox by their place in it, for as long as nothing in it changes. */
type Pages = Map<string, Kept>;

const sizeOf = ({records}: InboxPage): number =>
  records.reduce((bytes, {data}) => bytes + data.length + RECORD_BYTES, PAGE_BYTES);

function firstExpiryMs({records}: InboxPage): bigint | undefined {
  let first: bigint | undefined;
  for (const {expiryMs} of records) if (first === undefined || expiryMs < first) first = expiryMs;
  return first;
}

const holds = ({fromMs, untilMs}: Kept, nowMs: bigint): boolean =>
  fromMs <= nowMs && (untilMs === undefined || nowMs < untilMs);

/** The inbox whose pages a write may change; undefined for what no page shows. */
function inboxOf({key}: WriteOperation): string | undefined {
  const isShown = key[0] === PREFIX.entry[0] || key[0] === PREFIX.data[0];
  return isShown ? bytesToKey(key.subarray(1, 1 + INBOX_BYTES)) : undefined;
}

/**
 * Records, and the pages of them that were read last. An inbox's pages are forgotten, also those that
 * are being read, when a write to it ends. PERF: devices ask for the same page again and again, mostly an empty one.
 */
export class PageCache implements RecordStore {
  readonly #store: RecordStore;
  /** In order of use, the last at the end. */
  readonly #inboxes = new Map<string, Pages>();
  #bytes = 0;
  /** What was refused may be found later, whole: until the next write nothing is kept. */
  #isCertain = true;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  get(key: Uint8Array, options?: ReadOptions): Promise<Uint8Array | undefined> {
    return this.#store.get(key, options);
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#store.getMany(keys);
  }

  has(key: Uint8Array): Promise<boolean> {
    return this.#store.has(key);
  }

  iterate(range?: KeyRange, options?: WalkOptions): AsyncIterable<Entry> {
    return this.#store.iterate(range, options);
  }

  async write(writes: readonly WriteOperation[]): Promise<void> {
    try {
      await this.#store.write(writes);
      if (!this.#isCertain) this.#forgetAll();
      this.#isCertain = true;
    } catch (error) {
      this.#forgetAll();
      this.#isCertain = false;
      throw error;
    } finally {
      this.#forget(writes);
    }
  }

  /**
   * As `readInbox`. A page that says there is more may be the last by now, when the rest has expired.
   * @throws MessagingError MESSAGING_RECORD_DAMAGED, StorageError
   */
  async page(inbox: InboxRef, limits: PageLimits): Promise<InboxPage> {
    const {after, maxRecords, maxBytes, nowMs} = limits;
    const {gte: start = new Uint8Array()} = inboxRange(PREFIX.entry, inbox, after);
    const name = bytesToKey(start.subarray(1, 1 + INBOX_BYTES));
    const place = `${bytesToKey(start)} ${maxRecords} ${maxBytes}`;
    const pages = this.#use(name);
    const kept = pages.get(place);
    if (kept !== undefined && holds(kept, nowMs)) return kept.page;
    const page = await readInbox(this.#store, inbox, limits);
    // Another map by now when something in the inbox has changed meanwhile.
    if (this.#isCertain && this.#inboxes.get(name) === pages) {
      this.#keep(pages, place, {page, fromMs: nowMs, untilMs: firstExpiryMs(page)});
    }
    return page;
  }

  /** The inbox's pages, which are the last used now. */
  #use(name: string): Pages {
    let pages = this.#inboxes.get(name);
    if (pages === undefined) {
      pages = new Map();
      this.#bytes += PAGE_BYTES;
    }
    this.#inboxes.delete(name);
    this.#inboxes.set(name, pages);
    return pages;
  }

  #keep(pages: Pages, place: string, {page, ...time}: Omit<Kept, 'bytes'>): void {
    this.#remove(pages, place);
    const bytes = sizeOf(page);
    pages.set(place, {page, bytes, ...time});
    this.#bytes += bytes;
    const [oldest] = pages.keys();
    if (pages.size > MOST_PAGES && oldest !== undefined) this.#remove(pages, oldest);
    for (const name of this.#inboxes.keys()) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#forgetInbox(name);
    }
  }

  #remove(pages: Pages, place: string): void {
    this.#bytes -= pages.get(place)?.bytes ?? 0;
    pages.delete(place);
  }

  #forget(writes: readonly WriteOperation[]): void {
    if (this.#inboxes.size === 0) return;
    for (const write of writes) {
      const name = inboxOf(write);
      if (name !== undefined) this.#forgetInbox(name);
    }
  }

  #forgetInbox(name: string): void {
    const pages = this.#inboxes.get(name);
    if (pages === undefined) return;
    this.#bytes -= PAGE_BYTES;
    for (const {bytes} of pages.values()) this.#bytes -= bytes;
    this.#inboxes.delete(name);
  }

  #forgetAll(): void {
    this.#inboxes.clear();
    this.#bytes = 0;
  }
}
