import type {StorageError, StorageErrorCode} from './errors.ts';
import {toStorageError} from './level-errors.ts';
import {assertRoom} from './level-folder.ts';

/** How long walks that are under way may hold a reopening up, in ms. */
const WALKS_END_MS = 1000;

const DOUBTFUL: readonly StorageErrorCode[] = [
  'STORAGE_FULL',
  'STORAGE_READ_ONLY',
  'STORAGE_FAILED',
];

/** What of a LevelDB this needs. */
type Database = {
  readonly location: string;
  readonly status: string;
  open(): Promise<void>;
  close(): Promise<void>;
};

/**
 * After a write that failed, LevelDB's log may end in half a record. LevelDB goes on behind it as if
 * nothing had been, and drops all of that when it next opens: writes that it confirmed. So nothing is
 * written until the database was closed and opened again, which moves what is whole to a new log. Reads
 * go on meanwhile: it is closed only when there is room to open it.
 */
export class Reopener {
  readonly #database: Database;
  #doubt: StorageError | undefined;
  #running: Promise<void> | undefined;
  #walks = 0;
  #onWalksOver: (() => void) | undefined;
  #closed = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Neither in doubt nor being opened again: a read has nothing to wait for. */
  get isCalm(): boolean {
    return this.#doubt === undefined && this.#running === undefined;
  }

  /** Takes note of how a write failed. */
  failed(failure: StorageError): void {
    if (DOUBTFUL.includes(failure.code)) this.#doubt = failure;
  }

  /** Before a write. @throws StorageError while nothing can be written, as the write before did */
  async beforeWrite(): Promise<void> {
    if (this.#doubt === undefined || this.#closed) return;
    if (this.#database.status === 'open') await assertRoom(this.#database.location);
    await this.#reopen(this.#doubt);
  }

  /** Before a read. @throws StorageError when a reopening failed, and does again */
  async beforeRead(): Promise<void> {
    await this.#running?.catch(() => undefined);
    if (this.#doubt === undefined || this.#closed || this.#database.status === 'open') return;
    await this.#reopen(this.#doubt);
  }

  async beforeWalk(): Promise<void> {
    await this.beforeRead();
    this.#walks += 1;
  }

  afterWalk(): void {
    this.#walks -= 1;
    if (this.#walks === 0) this.#onWalksOver?.();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.catch(() => undefined);
    await this.#database.close();
  }

  async #reopen(doubt: StorageError): Promise<void> {
    this.#running ??= this.#run(doubt).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #run(doubt: StorageError): Promise<void> {
    await this.#walksOver();
    // To close it would break their snapshots; also, who writes within a walk would wait for itself.
    if (this.#walks > 0) throw doubt;
    try {
      await this.#database.close();
      await this.#database.open();
    } catch (error) {
      throw toStorageError(error, this.#database.location);
    }
    this.#doubt = undefined;
  }

  async #walksOver(): Promise<void> {
    if (this.#walks === 0) return;
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, WALKS_END_MS);
    this.#onWalksOver = over.resolve;
    await over.promise;
    clearTimeout(timer);
    this.#onWalksOver = undefined;
  }
}
