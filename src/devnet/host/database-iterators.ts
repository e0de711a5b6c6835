import {compareBytes} from '../../protocol/bytes.ts';
import {type Entry, type KeyValueReader, prefixRange} from '../../storage/kv.ts';
import {DevnetError} from '../errors.ts';
import {DATABASE_ERROR} from './database-faults.ts';

/** Bytes of keys and values per chunk; the entry that crosses the limit still belongs to it. */
const CHUNK_BYTES = 128 * 1024;

type Walk = {
  readonly iterator: AsyncIterator<Entry>;
  first: Promise<IteratorResult<Entry>> | undefined;
};

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
export function createDatabaseIterators(store: KeyValueReader): DatabaseIterators {
  const open = new Map<string, Walk>();
  let created = 0;
  let released = 0;
  const find = (id: string): Walk => {
    const iterator = open.get(id);
    if (iterator === undefined)
      throw new DevnetError('DEVNET_CALL', {problem: 'unknown iterator', id});
    return iterator;
  };
  const release = async (id: string): Promise<{readonly err: number}> => {
    const walk = open.get(id);
    if (walk !== undefined) {
      open.delete(id);
      released++;
      await walk.first?.catch(() => undefined);
      await walk.iterator.return?.();
    }
    return {err: DATABASE_ERROR.none};
  };
  return {
    create(start, prefix) {
      const id = String(created++);
      const range = prefixRange(prefix);
      const gte = compareBytes(start, prefix) > 0 ? start : prefix;
      const iterator = store.iterate({...range, gte})[Symbol.asyncIterator]();
      // The walk sees the database as it is now, so it begins now; an error waits for `next`.
      const first = iterator.next();
      first.catch(() => undefined);
      open.set(id, {iterator, first});
      return {id};
    },
    async next(id) {
      const walk = find(id);
      const data: {key: Uint8Array; value: Uint8Array}[] = [];
      for (let size = 0; size < CHUNK_BYTES; ) {
        const {done, value: entry} = await (walk.first ?? walk.iterator.next());
        walk.first = undefined;
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
