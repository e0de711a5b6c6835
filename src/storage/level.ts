import {Level} from 'level';
import type {Entry, KeyRange, KeyValueStore, WriteOperation, WriteOptions} from './kv.ts';
import {toStorageError} from './level-errors.ts';
import {assertOwnOrEmpty} from './level-folder.ts';

type Database = Level<Uint8Array, Uint8Array>;

/** Entries that a walk fetches at a time. */
const WALK_ENTRIES = 256;

/** Range options that LevelDB understands: an absent bound is left out. */
function rangeOptions({gte, lt}: KeyRange) {
  return {...(gte === undefined ? {} : {gte}), ...(lt === undefined ? {} : {lt})};
}

/** LevelDB hands out Buffers, whose `slice` does not copy: everybody else expects plain bytes. */
function plainBytes({buffer, byteOffset, byteLength}: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A folder with a LevelDB. One process at a time has it open. */
export class LevelStore implements KeyValueStore {
  readonly #db: Database;

  private constructor(db: Database) {
    this.#db = db;
  }

  /** @throws StorageError that says why the folder cannot be opened and what to do. */
  static async open(location: string): Promise<LevelStore> {
    await assertOwnOrEmpty(location);
    const encoding = {keyEncoding: 'view', valueEncoding: 'view'} as const;
    const db: Database = new Level<Uint8Array, Uint8Array>(location, encoding);
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

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const value = await this.#run(() => this.#db.get(key));
    return value === undefined ? undefined : plainBytes(value);
  }

  has(key: Uint8Array): Promise<boolean> {
    return this.#run(() => this.#db.has(key));
  }

  async *iterate(range: KeyRange = {}): AsyncGenerator<Entry> {
    const iterator = await this.#run(async () => this.#db.iterator(rangeOptions(range)));
    try {
      for (;;) {
        const entries = await this.#run(() => iterator.nextv(WALK_ENTRIES));
        if (entries.length === 0) return;
        for (const [key, value] of entries) yield [plainBytes(key), plainBytes(value)];
      }
    } finally {
      await this.#run(() => iterator.close());
    }
  }

  batch(writes: readonly WriteOperation[], {sync}: WriteOptions): Promise<void> {
    const operations = writes.map((write) =>
      write.type === 'put'
        ? {type: 'put' as const, key: write.key, value: write.value}
        : {type: 'del' as const, key: write.key},
    );
    return this.#run(() => this.#db.batch(operations, {sync}));
  }

  close(): Promise<void> {
    return this.#run(() => this.#db.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
