import {setImmediate} from 'node:timers/promises';
import {beforeAll, describe, expect, it} from 'vitest';
import {initCrypto} from '../../src/crypto/init.ts';
import {readInbox} from '../../src/messaging/inbox-reader.ts';
import {PREFIX} from '../../src/messaging/key-space.ts';
import {PageCache} from '../../src/messaging/page-cache.ts';
import type {RecordStore} from '../../src/messaging/record-store.ts';
import {toHash, toNodeId, toSessionId} from '../../src/protocol/bytes.ts';
import type {RecordKey} from '../../src/protocol/stored-record.ts';
import type {KeyRange, WriteOperation} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {recordStoreOn} from './local-swarm.ts';
import {endLeafWrites, recordWrites} from './put-record.ts';
import {SeededBytes} from './random-records.ts';

beforeAll(initCrypto);

const NOW_MS = 1_700_000_000_000n;
const TTL_MS = 60_000n;
const LIMITS = {after: undefined, maxRecords: 20, maxBytes: 1_048_576, nowMs: NOW_MS};
const inboxOf = (n: number) => ({account: toSessionId(new Uint8Array(33).fill(n)), namespace: 0});

function keyOf(inbox: number, n: number): RecordKey {
  const coordinator = toNodeId(new Uint8Array(20).fill(1));
  const id = toHash(new Uint8Array(32).fill(n));
  return {...inboxOf(inbox), stamp: {clockMs: NOW_MS + BigInt(n), counter: 0, coordinator}, id};
}

function storeWrites(key: RecordKey, size = 10, ttlMs = TTL_MS): readonly WriteOperation[] {
  return recordWrites(key, {expiryMs: NOW_MS + ttlMs, data: new Uint8Array(size)});
}

const removeWrites = (key: RecordKey): readonly WriteOperation[] =>
  endLeafWrites(key, NOW_MS + TTL_MS);

const numbersOf = (
  records: readonly {readonly id: Uint8Array}[],
): readonly (number | undefined)[] => records.map(({id}) => id[0]);

/** Counts the walks; a write waits, tears or is refused as it is told. */
class TestStore {
  readonly disk = new MemoryStore();
  walks = 0;
  refusal: 'before' | 'after' | undefined;
  pause: () => Promise<unknown> = async () => undefined;

  get store(): RecordStore {
    return {
      ...recordStoreOn(this.disk),
      iterate: (range) => this.#walk(range),
      write: (writes) => this.#write(writes),
    };
  }

  async *#walk(range?: KeyRange) {
    this.walks += 1;
    await this.pause();
    for await (const entry of this.disk.iterate(range)) {
      await this.pause();
      yield entry;
    }
    await this.pause();
  }

  async #write(writes: readonly WriteOperation[]): Promise<void> {
    await this.pause();
    if (this.refusal === 'before') throw new Error('refused');
    await this.disk.batch(writes);
    await this.pause();
    if (this.refusal === 'after') throw new Error('refused');
  }
}

describe('the pages that were read last', () => {
  it('are given again without the database, until something in their inbox changes', async () => {
    const test = new TestStore();
    const cache = new PageCache(test.store);
    await cache.write(storeWrites(keyOf(1, 1)));
    const first = await cache.page(inboxOf(1), LIMITS);
    expect(numbersOf(first.records)).toEqual([1]);
    const behind = {...LIMITS, after: keyOf(1, 1)};
    expect((await cache.page(inboxOf(1), behind)).records).toEqual([]);
    expect(test.walks).toBe(2);
    expect(await cache.page(inboxOf(1), {...LIMITS})).toBe(first);
    expect((await cache.page(inboxOf(1), behind)).records).toEqual([]);
    await cache.write(storeWrites(keyOf(2, 9)));
    expect(await cache.page(inboxOf(1), LIMITS)).toBe(first);
    expect(test.walks).toBe(2);
    await cache.write(storeWrites(keyOf(1, 2)));
    expect(numbersOf((await cache.page(inboxOf(1), behind)).records)).toEqual([2]);
    expect(numbersOf((await cache.page(inboxOf(1), LIMITS)).records)).toEqual([1, 2]);
    await cache.write(removeWrites(keyOf(1, 1)));
    expect(numbersOf((await cache.page(inboxOf(1), LIMITS)).records)).toEqual([2]);
  });

  it('are told apart by their limits', async () => {
    const cache = new PageCache(new TestStore().store);
    for (const n of [1, 2, 3]) await cache.write(storeWrites(keyOf(1, n), 100));
    for (const [limits, count, more] of [
      [{}, 3, false],
      [{maxRecords: 2}, 2, true],
      [{maxRecords: 3}, 3, false],
      [{maxBytes: 100}, 1, true],
      [{maxRecords: 1, maxBytes: 5}, 1, true],
    ] as const) {
      for (let again = 0; again < 2; again++) {
        const page = await cache.page(inboxOf(1), {...LIMITS, ...limits});
        expect([page.records.length, page.more]).toEqual([count, more]);
      }
    }
  });

  it('go when a record of theirs expires, and when the clock is set back', async () => {
    const test = new TestStore();
    const cache = new PageCache(test.store);
    await cache.write(storeWrites(keyOf(1, 1)));
    await cache.write(storeWrites(keyOf(1, 2), 10, 1000n));
    const at = async (ms: bigint) =>
      numbersOf((await cache.page(inboxOf(1), {...LIMITS, nowMs: NOW_MS + ms})).records);
    expect(await at(999n)).toEqual([1, 2]);
    expect(await at(1000n)).toEqual([1]);
    expect(await at(999n)).toEqual([1, 2]);
    expect(test.walks).toBe(3);
  });

  it('show what was refused, once it is found after all', async () => {
    const test = new TestStore();
    const cache = new PageCache(test.store);
    await cache.page(inboxOf(1), LIMITS);
    test.refusal = 'before';
    await expect(cache.write(storeWrites(keyOf(1, 1)))).rejects.toThrow('refused');
    expect((await cache.page(inboxOf(1), LIMITS)).records).toEqual([]);
    // As a log that is read again: what was refused is there, whole.
    await test.disk.batch(storeWrites(keyOf(1, 1)));
    expect(numbersOf((await cache.page(inboxOf(1), LIMITS)).records)).toEqual([1]);
    test.refusal = 'after';
    await expect(cache.write(storeWrites(keyOf(1, 2)))).rejects.toThrow('refused');
    expect(numbersOf((await cache.page(inboxOf(1), LIMITS)).records)).toEqual([1, 2]);
    test.refusal = undefined;
    await cache.write(storeWrites(keyOf(2, 1)));
    const walks = test.walks;
    expect(numbersOf((await cache.page(inboxOf(1), LIMITS)).records)).toEqual([1, 2]);
    await cache.page(inboxOf(1), LIMITS);
    expect(test.walks).toBe(walks + 1);
  });

  it('are not kept when they were begun before a refusal was settled', async () => {
    const test = new TestStore();
    const cache = new PageCache(test.store);
    test.refusal = 'before';
    await expect(cache.write(storeWrites(keyOf(1, 1)))).rejects.toThrow('refused');
    test.refusal = undefined;
    const gate = Promise.withResolvers<void>();
    test.pause = () => gate.promise;
    const early = cache.page(inboxOf(1), LIMITS);
    test.pause = async () => undefined;
    await test.disk.batch(storeWrites(keyOf(1, 1)));
    await cache.write(storeWrites(keyOf(2, 1)));
    gate.resolve();
    await early;
    const {walks} = test;
    expect(numbersOf((await cache.page(inboxOf(1), LIMITS)).records)).toEqual([1]);
    expect(test.walks).toBe(walks + 1);
  });

  it('leave no room taken when their inbox changes while they are read', async () => {
    const test = new TestStore();
    const cache = new PageCache(test.store);
    for (let n = 0; n < 13; n++) await cache.write(storeWrites(keyOf(1, n), 76_800));
    for (let round = 0; round < 20; round++) {
      const gate = Promise.withResolvers<void>();
      test.pause = () => gate.promise;
      const page = cache.page(inboxOf(1), LIMITS);
      test.pause = async () => undefined;
      await cache.write(storeWrites(keyOf(1, 0), 76_800));
      gate.resolve();
      await page;
    }
    await cache.page(inboxOf(1), LIMITS);
    const {walks} = test;
    await cache.page(inboxOf(1), LIMITS);
    expect(test.walks).toBe(walks);
  });

  it('hold no more than 16 MiB, and of one inbox no more than eight', async () => {
    const test = new TestStore();
    const cache = new PageCache(test.store);
    for (let inbox = 1; inbox <= 20; inbox++) {
      for (let n = 0; n < 13; n++) await cache.write(storeWrites(keyOf(inbox, n), 76_800));
      await cache.page(inboxOf(inbox), LIMITS);
    }
    test.walks = 0;
    // 13 × 76 800 bytes and a little more: sixteen of them fit.
    for (let inbox = 20; inbox > 4; inbox--) await cache.page(inboxOf(inbox), LIMITS);
    expect(test.walks).toBe(0);
    await cache.page(inboxOf(4), LIMITS);
    expect(test.walks).toBe(1);

    const pageOf = (n: number) => cache.page(inboxOf(30), {...LIMITS, after: keyOf(30, n)});
    for (let n = 0; n < 9; n++) await pageOf(n);
    test.walks = 0;
    for (let n = 8; n >= 1; n--) await pageOf(n);
    expect(test.walks).toBe(0);
    await pageOf(0);
    expect(test.walks).toBe(1);
  });

  it('show each write to whoever reads after it, whatever else goes on', async () => {
    const test = new TestStore();
    const random = new SeededBytes('pages');
    test.pause = async () => {
      for (let turns = random.below(4); turns > 0; turns--) await setImmediate();
    };
    const cache = new PageCache(test.store);
    const limits = {...LIMITS, maxRecords: 250};
    const read = async (inbox: number) =>
      new Set(numbersOf((await cache.page(inboxOf(inbox), limits)).records));
    let checks = 0;
    /** Stores and removes a record of its own, and looks each time. */
    const write = async (n: number): Promise<void> => {
      for (let round = 0; round < 30; round++) {
        const inbox = 1 + random.below(3);
        await cache.write(storeWrites(keyOf(inbox, n)));
        expect((await read(inbox)).has(n)).toBe(true);
        await cache.write(removeWrites(keyOf(inbox, n)));
        expect((await read(inbox)).has(n)).toBe(false);
        checks += 2;
      }
    };
    let isOver = false;
    const readOn = async (): Promise<void> => {
      while (!isOver) {
        await read(1 + random.below(3));
        await setImmediate();
      }
    };
    const readers = [readOn(), readOn(), readOn()];
    await Promise.all(Array.from({length: 8}, (_, n) => write(n + 1)));
    isOver = true;
    await Promise.all(readers);
    expect(checks).toBe(480);
    for (const inbox of [1, 2, 3]) {
      const fresh = await readInbox(test.store, inboxOf(inbox), limits);
      expect(await cache.page(inboxOf(inbox), limits)).toEqual(fresh);
    }
  });

  it('are touched by no other records', async () => {
    const test = new TestStore();
    const cache = new PageCache(test.store);
    await cache.page(inboxOf(1), LIMITS);
    const key = Uint8Array.of(PREFIX.local[0] ?? 0, 1);
    await cache.write([{type: 'put', key, value: key}]);
    expect(await cache.get(key)).toEqual(key);
    expect(await cache.has(key)).toBe(true);
    await cache.page(inboxOf(1), LIMITS);
    expect(test.walks).toBe(1);
  });
});
