import {Level} from 'level';
import type {
  Entry,
  KeyRange,
  KeyValueStore,
  ReadOptions,
  WalkOptions,
  WriteOperation,
  WriteOptions,
} from './kv.ts';
import {toStorageError} from './level-errors.ts';
import {assertOwnOrEmpty} from './level-folder.ts';
import {Reopener} from './level-reopener.ts';

type Database = Level<Uint8Array, Uint8Array>;

/** Entries that a walk fetches at first, unless it is said, and at most. */
const WALK_ENTRIES = {first: 32, most: 256};

/**
 * What is gathered in memory, twice at most, before it goes to a table. PERF: LevelDB's own 4 MiB make
 * it merge tables so often that it takes a sixth of a busy member's time.
 */
const WRITE_BUFFER_BYTES = 16_777_216;

/** Range options that LevelDB understands: an absent bound is left out. */
function rangeOptions({gte, lt}: KeyRange) {
  return {...(gte === undefined ? {} : {gte}), ...(lt === undefined ? {} : {lt})};
}

/** LevelDB hands out Buffers, whose `slice` does not copy: everybody else expects plain bytes. */
function plainBytes({buffer, byteOffset, byteLength}: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * A folder with a LevelDB. One process at a time has it open. A write that failed, on a full disk for
 * one, leaves it readable; the next write tries again. What was refused may yet be found, whole, when
 * only its sync failed.
 */
export class LevelStore implements KeyValueStore {
  readonly #db: Database;
  readonly #reopener: Reopener;
  #lastWrite: Promise<void> = Promise.resolve();

  private constructor(db: Database) {
    this.#db = db;
    this.#reopener = new Reopener(db);
  }

  /** @throws StorageError that says why the folder cannot be opened and what to do. */
  static async open(location: string): Promise<LevelStore> {
    await assertOwnOrEmpty(location);
    const db: Database = new Level<Uint8Array, Uint8Array>(location, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      writeBufferSize: WRITE_BUFFER_BYTES,
    });
    try {
      await db.open();
      return new LevelStore(db);
    } catch (error) {
      throw toStorageError(error, location);
    }
  }

  async #run<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw toStorageError(error, this.#db.location);
    }
  }

  async get(
    key: Uint8Array,
    {onThread = false}: ReadOptions = {},
  ): Promise<Uint8Array | undefined> {
    if (onThread && this.#reopener.isCalm) return this.#getNow(key);
    await this.#reopener.beforeRead();
    const value = await this.#run(() => this.#db.get(key));
    return value === undefined ? undefined : plainBytes(value);
  }

  #getNow(key: Uint8Array): Uint8Array | undefined {
    try {
      const value = this.#db.getSync(key);
      return value === undefined ? undefined : plainBytes(value);
    } catch (error) {
      throw toStorageError(error, this.#db.location);
    }
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    await this.#reopener.beforeRead();
    const values = await this.#run(() => this.#db.getMany([...keys]));
    return values.map((value) => (value === undefined ? undefined : plainBytes(value)));
  }

  async has(key: Uint8Array): Promise<boolean> {
    await this.#reopener.beforeRead();
    return this.#run(() => this.#db.has(key));
  }

  async *iterate(
    range: KeyRange = {},
    {expected = WALK_ENTRIES.first}: WalkOptions = {},
  ): AsyncGenerator<Entry> {
    await this.#reopener.beforeWalk();
    try {
      const iterator = await this.#run(async () => this.#db.iterator(rangeOptions(range)));
      try {
        for (let size = expected; ; size *= 2) {
          const count = Math.min(size, WALK_ENTRIES.most);
          const entries = await this.#run(() => iterator.nextv(count));
          if (entries.length === 0) return;
          for (const [key, value] of entries) yield [plainBytes(key), plainBytes(value)];
        }
      } finally {
        await this.#run(() => iterator.close());
      }
    } finally {
      this.#reopener.afterWalk();
    }
  }

  /** One after the other: none may be confirmed behind one that failed. */
  batch(writes: readonly WriteOperation[], options: WriteOptions): Promise<void> {
    const done = this.#lastWrite.then(() => this.#write(writes, options));
    this.#lastWrite = done.catch(() => undefined);
    return done;
  }

  async #write(writes: readonly WriteOperation[], {sync}: WriteOptions): Promise<void> {
    const operations = writes.map((write) =>
      write.type === 'put'
        ? {type: 'put' as const, key: write.key, value: write.value}
        : {type: 'del' as const, key: write.key},
    );
    await this.#reopener.beforeWrite();
    try {
      await this.#db.batch(operations, {sync});
    } catch (error) {
      const failure = toStorageError(error, this.#db.location);
      this.#reopener.failed(failure);
      throw failure;
    }
  }

  async close(): Promise<void> {
    await this.#lastWrite;
    await this.#run(() => this.#reopener.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
