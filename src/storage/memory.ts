import {bytesToHex, compareBytes} from '../protocol/bytes.ts';
import {StorageError} from './errors.ts';
import {
  type Entry,
  isInRange,
  type KeyRange,
  type KeyValueStore,
  type WriteOperation,
} from './kv.ts';

/** A store without a disk: for tests, and for what need not last. */
export class MemoryStore implements KeyValueStore {
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  #requireOpen(): void {
    if (this.#closed) throw new StorageError('STORAGE_CLOSED');
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#requireOpen();
    return this.#entries.get(bytesToHex(key))?.[1].slice();
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async has(key: Uint8Array): Promise<boolean> {
    this.#requireOpen();
    return this.#entries.has(bytesToHex(key));
  }

  async *iterate(range: KeyRange = {}): AsyncGenerator<Entry> {
    this.#requireOpen();
    const snapshot = [...this.#entries.values()]
      .filter(([key]) => isInRange(key, range))
      .sort(([a], [b]) => compareBytes(a, b));
    for (const [key, value] of snapshot) {
      this.#requireOpen();
      yield [key.slice(), value.slice()];
    }
  }

  async batch(writes: readonly WriteOperation[]): Promise<void> {
    this.#requireOpen();
    for (const write of writes) {
      const name = bytesToHex(write.key);
      if (write.type === 'put') this.#entries.set(name, [write.key.slice(), write.value.slice()]);
      else this.#entries.delete(name);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
