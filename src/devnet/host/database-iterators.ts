import {DevnetError} from '../errors.ts';
import {DATABASE_ERROR} from './database-faults.ts';

/** Bytes of keys and values per chunk; the entry that crosses the limit still belongs to it. */
const CHUNK_BYTES = 128 * 1024;

export type Entry = readonly [key: Uint8Array, value: Uint8Array];
export type OpenRange = (start: Uint8Array, prefix: Uint8Array) => AsyncIterable<Entry>;

export type DatabaseIterators = {
  create(start: Uint8Array, prefix: Uint8Array): {readonly id: string};
  next(id: string): Promise<{readonly data: readonly {key: Uint8Array; value: Uint8Array}[]}>;
  error(id: string): {readonly err: number};
  release(id: string): Promise<{readonly err: number}>;
  /** Ids count up from 0, so `created` is also the next id. */
  counts(): {readonly created: number; readonly released: number};
  releaseAll(): Promise<void>;
};

/** Iterators of `rpcdb.Database`: they live on the host until they are released, or the plugin is gone. */
export function createDatabaseIterators(openRange: OpenRange): DatabaseIterators {
  const open = new Map<string, AsyncIterator<Entry>>();
  let created = 0;
  let released = 0;
  const find = (id: string): AsyncIterator<Entry> => {
    const iterator = open.get(id);
    if (iterator === undefined)
      throw new DevnetError('DEVNET_CALL', {problem: 'unknown iterator', id});
    return iterator;
  };
  const release = async (id: string): Promise<{readonly err: number}> => {
    const iterator = open.get(id);
    if (iterator !== undefined) {
      open.delete(id);
      released++;
      await iterator.return?.();
    }
    return {err: DATABASE_ERROR.none};
  };
  return {
    create(start, prefix) {
      const id = String(created++);
      open.set(id, openRange(start, prefix)[Symbol.asyncIterator]());
      return {id};
    },
    async next(id) {
      const iterator = find(id);
      const data: {key: Uint8Array; value: Uint8Array}[] = [];
      for (let size = 0; size < CHUNK_BYTES; ) {
        const {done, value: entry} = await iterator.next();
        if (done === true) break;
        const [key, value] = entry;
        data.push({key, value});
        size += key.length + value.length;
      }
      return {data};
    },
    error(id) {
      find(id);
      return {err: DATABASE_ERROR.none};
    },
    release,
    counts: () => ({created, released}),
    async releaseAll() {
      for (const id of [...open.keys()]) await release(id);
    },
  };
}

/** Range of `start` (inclusive) within the keys that begin with `prefix`, in ascending byte order. */
export function prefixRange(
  start: Uint8Array,
  prefix: Uint8Array,
): {readonly gte: Uint8Array; readonly lt?: Uint8Array} {
  const gte = Buffer.compare(start, prefix) > 0 ? start : prefix;
  const lt = keyAfterPrefix(prefix);
  return lt === undefined ? {gte} : {gte, lt};
}

/** The smallest key above all keys with this prefix; none for an empty prefix or one of 0xff only. */
function keyAfterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  for (let end = prefix.length; end > 0; end--) {
    const last = prefix[end - 1] ?? 0;
    if (last === 0xff) continue;
    const after = prefix.slice(0, end);
    after[end - 1] = last + 1;
    return after;
  }
  return undefined;
}
