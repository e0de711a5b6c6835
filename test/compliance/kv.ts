import fc from 'fast-check';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {bytesToHex, compareBytes, utf8ToBytes} from '../../src/protocol/bytes.ts';
import {StorageError} from '../../src/storage/errors.ts';
import {
  type Entry,
  type KeyRange,
  type KeyValueStore,
  prefixRange,
  type WriteOperation,
} from '../../src/storage/kv.ts';

/** A store under test: fresh and empty, and how to throw it away. */
export type StoreUnderTest = {readonly store: KeyValueStore; dispose(): Promise<void>};

const key = (text: string): Uint8Array => utf8ToBytes(text);
const put = (name: string, value: string): WriteOperation => ({
  type: 'put',
  key: key(name),
  value: key(value),
});
const del = (name: string): WriteOperation => ({type: 'delete', key: key(name)});
const SYNC = {sync: true};

async function all(store: KeyValueStore, range?: KeyRange): Promise<string[]> {
  const found: string[] = [];
  for await (const [name, value] of store.iterate(range)) {
    found.push(`${Buffer.from(name).toString()}=${Buffer.from(value).toString()}`);
  }
  return found;
}

/** One suite that every implementation of the key-value port runs. */
export function describeStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`key-value port: ${name}`, () => {
    let subject: StoreUnderTest;
    let store: KeyValueStore;
    beforeEach(async () => {
      subject = await create();
      store = subject.store;
    });
    afterEach(() => subject.dispose());

    it('says undefined for a missing key', async () => {
      expect(await store.get(key('a'))).toBeUndefined();
      expect(await store.has(key('a'))).toBe(false);
      expect(await all(store)).toEqual([]);
    });

    it('keeps what a batch puts, empty keys and values among them', async () => {
      await store.batch([put('a', '1'), put('b', ''), put('', 'empty key')], SYNC);
      expect(await store.get(key('a'))).toEqual(key('1'));
      expect(await store.get(key('b'))).toEqual(key(''));
      expect(await store.get(key(''))).toEqual(key('empty key'));
      expect(await store.has(key('b'))).toBe(true);
    });

    it('reads on the calling thread what it reads otherwise', async () => {
      await store.batch([put('a', '1'), put('b', '')], SYNC);
      expect(await store.get(key('a'), {onThread: true})).toEqual(key('1'));
      expect(await store.get(key('b'), {onThread: true})).toEqual(key(''));
      expect(await store.get(key('c'), {onThread: true})).toBeUndefined();
    });

    it('gives many values in the order of their keys', async () => {
      await store.batch([put('a', '1'), put('b', ''), put('c', '3')], SYNC);
      const names = ['c', 'missing', 'a', 'b', 'c'].map(key);
      const values = [key('3'), undefined, key('1'), key(''), key('3')];
      expect(await store.getMany(names)).toEqual(values);
      expect(await store.getMany([])).toEqual([]);
    });

    it('lets the last operation on a key count, in whatever order they come', async () => {
      await store.batch([put('k', '1'), del('k'), put('k', '2')], SYNC);
      expect(await store.get(key('k'))).toEqual(key('2'));
      await store.batch([put('k', '3'), del('k')], SYNC);
      expect(await store.has(key('k'))).toBe(false);
      await store.batch([del('never there'), del('k'), put('k', '4')], SYNC);
      expect(await all(store)).toEqual(['k=4']);
    });

    it('accepts an empty batch', async () => {
      await store.batch([], SYNC);
      expect(await all(store)).toEqual([]);
    });

    it('walks ascending by bytes within a range', async () => {
      await store.batch(
        ['b', 'a', 'ab', 'c', 'aa'].map((k) => put(k, k)),
        SYNC,
      );
      expect(await all(store)).toEqual(['a=a', 'aa=aa', 'ab=ab', 'b=b', 'c=c']);
      expect(await all(store, {gte: key('aa'), lt: key('c')})).toEqual(['aa=aa', 'ab=ab', 'b=b']);
      expect(await all(store, prefixRange(key('a')))).toEqual(['a=a', 'aa=aa', 'ab=ab']);
      expect(await all(store, {gte: key('d')})).toEqual([]);
    });

    it('finds the end of a prefix of 0xff bytes', async () => {
      const keys = [Uint8Array.of(0xff), Uint8Array.of(0xff, 0xff), Uint8Array.of(0xfe, 0xff)];
      await store.batch(
        keys.map((k) => ({type: 'put', key: k, value: key('v')})),
        SYNC,
      );
      const found: string[] = [];
      for await (const [k] of store.iterate(prefixRange(Uint8Array.of(0xff))))
        found.push(bytesToHex(k));
      expect(found).toEqual(['ff', 'ffff']);
    });

    it('walks a snapshot, and may be left early', async () => {
      await store.batch(
        Array.from({length: 600}, (_, i) => put(`k${String(i).padStart(4, '0')}`, 'v')),
        SYNC,
      );
      let count = 0;
      for await (const [name] of store.iterate()) {
        if (count === 0) await store.batch([del('k0599'), put('k0000a', 'new')], SYNC);
        expect(Buffer.from(name).toString()).not.toBe('k0000a');
        count += 1;
      }
      expect(count).toBe(600);
      for await (const _entry of store.iterate()) break;
      await expect(async () => {
        for await (const _entry of store.iterate()) throw new Error('the reader fails');
      }).rejects.toThrow('the reader fails');
      expect(await all(store, {gte: key('k0598')})).toEqual(['k0598=v']);
    });

    it('walks to the end, however many entries were expected', async () => {
      const puts = Array.from({length: 600}, (_, i) => put(`k${String(i).padStart(4, '0')}`, 'v'));
      await store.batch(puts, SYNC);
      for (const expected of [0, 1, 2, 599, 600, 601, 1_000_000]) {
        let count = 0;
        for await (const _entry of store.iterate({}, {expected})) count += 1;
        expect(count).toBe(600);
      }
    });

    it('keeps its own copies', async () => {
      const name = key('mine');
      const value = key('value');
      await store.batch([{type: 'put', key: name, value}], SYNC);
      name.fill(0);
      value.fill(0);
      const read = await store.get(key('mine'));
      expect(read).toEqual(key('value'));
      read?.fill(0);
      expect(await store.get(key('mine'))).toEqual(key('value'));
    });

    it('carries values of 8 MiB', async () => {
      const value = new Uint8Array(8 * 1024 * 1024).map((_, i) => i & 0xff);
      await store.batch([{type: 'put', key: key('big'), value}], SYNC);
      const read = await store.get(key('big'));
      expect(read !== undefined && compareBytes(read, value) === 0).toBe(true);
    });

    it('agrees with a sorted map on random batches', async () => {
      const name = fc.uint8Array({maxLength: 3});
      const write: fc.Arbitrary<WriteOperation> = fc.oneof(
        fc.record({
          type: fc.constant('put' as const),
          key: name,
          value: fc.uint8Array({maxLength: 8}),
        }),
        fc.record({type: fc.constant('delete' as const), key: name}),
      );
      const model = new Map<string, Entry>();
      const batches = fc.array(fc.array(write, {maxLength: 12}), {minLength: 1, maxLength: 6});
      await fc.assert(
        fc.asyncProperty(batches, name, name, async (rounds, from, to) => {
          for (const writes of rounds) {
            await store.batch(writes, {sync: false});
            for (const operation of writes) {
              const id = bytesToHex(operation.key);
              if (operation.type === 'put') model.set(id, [operation.key, operation.value]);
              else model.delete(id);
            }
          }
          const expected = [...model.values()]
            .filter(([k]) => compareBytes(k, from) >= 0 && compareBytes(k, to) < 0)
            .sort(([a], [b]) => compareBytes(a, b))
            .map(([k, v]) => [bytesToHex(k), bytesToHex(v)]);
          const found: string[][] = [];
          for await (const [k, v] of store.iterate({gte: from, lt: to})) {
            found.push([bytesToHex(k), bytesToHex(v)]);
          }
          expect(found).toEqual(expected);
        }),
        {numRuns: 25},
      );
    });

    it('answers STORAGE_CLOSED when it is closed', async () => {
      await store.batch([put('a', '1')], SYNC);
      await store.close();
      for (const action of [
        () => store.get(key('a')),
        () => store.get(key('a'), {onThread: true}),
        () => store.getMany([key('a')]),
        () => store.batch([put('b', '2')], SYNC),
        () => all(store),
      ]) {
        const error = await action().then(
          () => undefined,
          (failure: unknown) => failure,
        );
        expect(error).toBeInstanceOf(StorageError);
        expect((error as StorageError).code).toBe('STORAGE_CLOSED');
      }
    });
  });
}
