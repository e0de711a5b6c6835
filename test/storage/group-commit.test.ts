import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {bytesToHex, utf8ToBytes} from '../../src/protocol/bytes.ts';
import {StorageError} from '../../src/storage/errors.ts';
import {createGroupCommit} from '../../src/storage/group-commit.ts';
import type {WriteOperation, WriteOptions} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';

const put = (key: string, value: string | Uint8Array = key): WriteOperation => ({
  type: 'put',
  key: utf8ToBytes(key),
  value: typeof value === 'string' ? utf8ToBytes(value) : value,
});

/** A store whose batches wait to be let through, and that can be made to refuse one. */
class SlowStore {
  readonly memory = new MemoryStore();
  readonly batches: {readonly keys: readonly string[]; readonly sync: boolean}[] = [];
  failure: StorageError | undefined;
  #gates: (() => void)[] = [];

  async batch(writes: readonly WriteOperation[], {sync}: WriteOptions): Promise<void> {
    this.batches.push({keys: writes.map(({key}) => Buffer.from(key).toString()), sync});
    const {promise, resolve} = Promise.withResolvers<void>();
    this.#gates.push(resolve);
    await promise;
    if (this.failure !== undefined) throw this.failure;
    await this.memory.batch(writes);
  }

  /** Lets the batch under way through. */
  async next(): Promise<void> {
    while (this.#gates.length === 0) await new Promise(setImmediate);
    this.#gates.shift()?.();
    await new Promise(setImmediate);
  }

  async keys(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const [key] of this.memory.iterate()) found.push(Buffer.from(key).toString());
    return found;
  }
}

describe('group commit', () => {
  it('gathers what comes while a batch is on its way, in order and with sync', async () => {
    const store = new SlowStore();
    const {write} = createGroupCommit(store);
    const first = write([put('a')]);
    await new Promise(setImmediate);
    const others = [write([put('b'), put('c')]), write([]), write([put('d')])];
    await store.next();
    await first;
    expect(await store.keys()).toEqual(['a']);
    await store.next();
    await Promise.all(others);
    expect(store.batches).toEqual([
      {keys: ['a'], sync: true},
      {keys: ['b', 'c', 'd'], sync: true},
    ]);
  });

  it.each([
    ['operations', 1500, new Uint8Array(1), [2, 2, 1]],
    ['bytes', 1, new Uint8Array(1_500_000), [2, 2, 1]],
    ['operations, but takes a larger write alone', 5000, new Uint8Array(1), [1, 1, 1, 1, 1]],
    ['bytes, but takes a larger write alone', 1, new Uint8Array(5_000_000), [1, 1, 1, 1, 1]],
  ])('bounds a batch in %s', async (_name, operations, value, sizes) => {
    const store = new SlowStore();
    const {write} = createGroupCommit(store);
    const done = Array.from({length: 5}, (_, i) =>
      write(Array.from({length: operations}, (_each, n) => put(`${i}/${n}`, value))),
    );
    for (const _size of sizes) await store.next();
    await Promise.all(done);
    expect(store.batches.map(({keys}) => keys.length / operations)).toEqual(sizes);
  });

  it('refuses exactly the writes of the batch that failed, and tries the next', async () => {
    const store = new SlowStore();
    const {write} = createGroupCommit(store);
    const before = write([put('before')]);
    await new Promise(setImmediate);
    const refused = Promise.allSettled([write([put('x')]), write([put('y')])]);
    await store.next();
    await before;
    store.failure = new StorageError('STORAGE_FULL');
    const after = write([put('after')]);
    await store.next();
    for (const each of await refused) {
      expect(each).toMatchObject({status: 'rejected', reason: {code: 'STORAGE_FULL'}});
    }
    store.failure = undefined;
    await store.next();
    await after;
    expect(store.batches.map(({keys}) => keys)).toEqual([['before'], ['x', 'y'], ['after']]);
    expect(await store.keys()).toEqual(['after', 'before']);
  });

  it('waits at its end for what is under way; then the store refuses', async () => {
    const store = new SlowStore();
    const commits = createGroupCommit(store);
    const writes = [commits.write([put('a')]), commits.write([put('b')])];
    let isClosed = false;
    const closing = commits.close().then(() => {
      isClosed = true;
    });
    await new Promise(setImmediate);
    expect(isClosed).toBe(false);
    await store.next();
    await closing;
    await Promise.all(writes);
    await store.memory.close();
    const late = commits.write([put('c')]);
    const refused = expect(late).rejects.toMatchObject({code: 'STORAGE_CLOSED'});
    await store.next();
    await refused;
  });

  it('amounts to the same as one write after the other', async () => {
    const key = fc.integer({min: 0, max: 5}).map((n) => Uint8Array.of(n));
    const operation: fc.Arbitrary<WriteOperation> = fc.oneof(
      fc.record({type: fc.constant('put' as const), key, value: fc.uint8Array({maxLength: 3})}),
      fc.record({type: fc.constant('delete' as const), key}),
    );
    const writes = fc.array(fc.array(operation, {maxLength: 4}), {maxLength: 12});
    const pauses = fc.array(fc.boolean(), {minLength: 12, maxLength: 12});
    await fc.assert(
      fc.asyncProperty(writes, pauses, async (calls, waits) => {
        const [grouped, model] = [new MemoryStore(), new MemoryStore()];
        const commits = createGroupCommit(grouped);
        for (const [i, call] of calls.entries()) {
          void commits.write(call);
          if (waits[i] === true) await Promise.resolve();
          await model.batch(call);
        }
        await commits.close();
        expect(await dump(grouped)).toEqual(await dump(model));
      }),
    );
  });
});

async function dump(store: MemoryStore): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const [key, value] of store.iterate()) {
    found.push(`${bytesToHex(key)}=${bytesToHex(value)}`);
  }
  return found;
}
