import {compareBytes} from '../protocol/bytes.ts';

/** Keys from `gte` on, before `lt`; an absent bound is open. */
export type KeyRange = {readonly gte?: Uint8Array; readonly lt?: Uint8Array};

export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/**
 * `onThread` reads without leaving the calling thread, where the store can: a fraction of the price for
 * a key that is absent or was written just now, but nothing else goes on while the disk is waited for.
 */
export type ReadOptions = {readonly onThread?: boolean};

/** `expected` is how many entries will be looked at, as far as is known: they come in one go. */
export type WalkOptions = {readonly expected?: number};

/** An ordered store of bytes, read side. A missing key is `undefined`. */
export type KeyValueReader = {
  get(key: Uint8Array, options?: ReadOptions): Promise<Uint8Array | undefined>;
  /** The values of these keys, in their order. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  has(key: Uint8Array): Promise<boolean>;
  /**
   * Ascending by key, one snapshot. What the walk holds is released when the loop ends, also early
   * or by an error.
   */
  iterate(range?: KeyRange, options?: WalkOptions): AsyncIterable<Entry>;
};

export type WriteOperation =
  | {readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array}
  | {readonly type: 'delete'; readonly key: Uint8Array};

export const remove = (key: Uint8Array): WriteOperation => ({type: 'delete', key});

/** `sync` waits for the disk: true for whatever is acknowledged to somebody else. */
export type WriteOptions = {readonly sync: boolean};

export type KeyValueStore = KeyValueReader &
  AsyncDisposable & {
    /** All of it or nothing, in order: the last operation on a key is the one that counts. */
    batch(writes: readonly WriteOperation[], options: WriteOptions): Promise<void>;
    close(): Promise<void>;
  };

/** The range of all keys that begin with these bytes. */
export function prefixRange(prefix: Uint8Array): KeyRange {
  // Not slice(): a Buffer's would share its memory with the prefix.
  const lt = Uint8Array.from(prefix);
  for (let i = lt.length - 1; i >= 0; i--) {
    const byte = lt[i] ?? 0;
    if (byte === 0xff) continue;
    lt[i] = byte + 1;
    return {gte: prefix, lt: lt.slice(0, i + 1)};
  }
  return {gte: prefix};
}

export function isInRange(key: Uint8Array, {gte, lt}: KeyRange): boolean {
  if (gte !== undefined && compareBytes(key, gte) < 0) return false;
  return lt === undefined || compareBytes(key, lt) < 0;
}
