import {NotFoundError} from '@libp2p/interface';
import type {Libp2pInit} from 'libp2p';

type Datastore = NonNullable<Libp2pInit['datastore']>;
type Key = Parameters<Datastore['get']>[0];
type Pair = {readonly key: Key; readonly value: Uint8Array};
type Query = {
  readonly prefix?: string;
  readonly offset?: number;
  readonly limit?: number;
};
type Filtered<T> = Query & {
  readonly filters?: readonly ((item: T) => boolean)[];
  readonly orders?: readonly ((a: T, b: T) => -1 | 0 | 1)[];
};

/** Peers and records that libp2p keeps in memory: anybody who connects adds one. */
const MAX_ENTRIES = 32_768;
/** kad-dht takes notes of who provides what from anybody; here nobody provides anything. */
const PROVIDERS = '/dht/provider/';

/** libp2p's memory, bounded: what was written longest ago goes first. Nothing of it outlives the process. */
export class BoundedDatastore implements Datastore {
  readonly #entries = new Map<string, Pair>();
  readonly #maxEntries: number;

  constructor(maxEntries: number = MAX_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  put(key: Key, value: Uint8Array): Key {
    const name = key.toString();
    if (name.startsWith(PROVIDERS)) return key;
    this.#entries.delete(name);
    this.#entries.set(name, {key, value});
    if (this.#entries.size > this.#maxEntries) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return key;
  }

  get(key: Key): Uint8Array {
    const entry = this.#entries.get(key.toString());
    // The name is libp2p's: it asks for it.
    if (entry === undefined) throw new NotFoundError();
    return entry.value;
  }

  has(key: Key): boolean {
    return this.#entries.has(key.toString());
  }

  delete(key: Key): void {
    this.#entries.delete(key.toString());
  }

  async *putMany(pairs: Iterable<Pair> | AsyncIterable<Pair>): AsyncGenerator<Key> {
    for await (const {key, value} of pairs) yield this.put(key, value);
  }

  async *getMany(keys: Iterable<Key> | AsyncIterable<Key>): AsyncGenerator<Pair> {
    for await (const key of keys) yield {key, value: this.get(key)};
  }

  async *deleteMany(keys: Iterable<Key> | AsyncIterable<Key>): AsyncGenerator<Key> {
    for await (const key of keys) {
      this.delete(key);
      yield key;
    }
  }

  batch(): ReturnType<Datastore['batch']> {
    const steps: (() => void)[] = [];
    return {
      put: (key, value) => void steps.push(() => this.put(key, value)),
      delete: (key) => void steps.push(() => this.delete(key)),
      commit: () => {
        for (const step of steps.splice(0)) step();
      },
    };
  }

  *query(query: Filtered<Pair>): Generator<Pair> {
    yield* select([...this.#entries.values()], query, ({key}) => key);
  }

  *queryKeys(query: Filtered<Key>): Generator<Key> {
    const keys = [...this.#entries.values()].map(({key}) => key);
    yield* select(keys, query, (key) => key);
  }
}

function select<T>(all: readonly T[], query: Filtered<T>, keyOf: (item: T) => Key): readonly T[] {
  const {prefix = '', filters = [], orders = [], offset = 0, limit = all.length} = query;
  const chosen = all.filter(
    (item) =>
      keyOf(item).toString().startsWith(prefix) && filters.every((accepts) => accepts(item)),
  );
  for (const order of orders) chosen.sort(order);
  return chosen.slice(offset, offset + limit);
}
