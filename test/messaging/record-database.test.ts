import fc from 'fast-check';
import {beforeAll, describe, expect, it} from 'vitest';
import {sha256} from '../../src/crypto/hash.ts';
import {initCrypto} from '../../src/crypto/init.ts';
import {messageIdOf} from '../../src/crypto/message-id.ts';
import {History} from '../../src/messaging/history.ts';
import {dataKey, historyKey, historyName, operationKey} from '../../src/messaging/key-space.ts';
import {RecordDatabase} from '../../src/messaging/record-database.ts';
import {leavesAt} from '../../src/messaging/record-space.ts';
import type {RecordStore} from '../../src/messaging/record-store.ts';
import {bytesToHex, toHash, toNodeId, toSessionId, toSignature} from '../../src/protocol/bytes.ts';
import {encode} from '../../src/protocol/codec.ts';
import type {Operation} from '../../src/protocol/overlay/member-protocol.ts';
import {maxTtlMs} from '../../src/protocol/overlay/namespaces.ts';
import {toRequestNonce} from '../../src/protocol/overlay/owner-auth.ts';
import {remove} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {type NaiveOperation, naiveLeaves} from './naive-fold.ts';

const ACCOUNT = toSessionId(new Uint8Array(33).fill(7));
const COORDINATOR = toNodeId(new Uint8Array(20).fill(1));
const AUTH = {
  nonce: toRequestNonce(new Uint8Array(16)),
  timeMs: 0n,
  keys: undefined,
  signature: toSignature(new Uint8Array(3309)),
};
const BASE = 1_700_000_000_000;
const stampOf = (clock: number) => ({
  clockMs: BigInt(BASE + clock),
  counter: 0,
  coordinator: COORDINATOR,
});
const dataOf = (name: number): Uint8Array => Uint8Array.of(name, 1, 2);

function recordStore(store = new MemoryStore()): RecordStore {
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    has: (key) => store.has(key),
    iterate: (range) => store.iterate(range),
    write: (writes) => store.batch(writes),
  };
}

type Change = {
  readonly name: number;
  /** Absent: a delete. */
  readonly ttl: number | undefined;
  /** How long after its stamp it came, when that was too late. */
  readonly late?: number | undefined;
};

function operationOf(namespace: number, clock: number, {name, ttl}: Change): Operation {
  const stamp = stampOf(clock);
  if (ttl === undefined) {
    const ids = [messageIdOf({account: ACCOUNT, namespace}, dataOf(name))];
    return {
      stamp,
      body: {type: 'delete', value: {params: {account: ACCOUNT, namespace, ids}, auth: AUTH}},
    };
  }
  const value = {
    account: ACCOUNT,
    namespace,
    timestampMs: BigInt(BASE + clock),
    ttlMs: BigInt(ttl),
    content: {type: 'data', value: dataOf(name)} as const,
    auth: undefined,
  };
  return {stamp, body: {type: 'store', value}};
}

async function leavesOf(store: RecordStore, cutOff: number) {
  const leaves = [];
  for await (const {key, entry} of leavesAt(store, BigInt(BASE + cutOff))) {
    leaves.push({
      clock: Number(key.stamp.clockMs) - BASE,
      id: bytesToHex(key.id),
      end: entry.type === 'end',
      expiry: Number(entry.value.expiryMs) - BASE,
    });
  }
  return leaves;
}

const changes = fc.array(
  fc.record({
    name: fc.nat({max: 2}),
    ttl: fc.option(fc.nat({max: 40}), {nil: undefined, freq: 4}),
    late: fc.option(fc.integer({min: 1, max: 40}), {nil: undefined, freq: 4}),
  }),
  {minLength: 1, maxLength: 14},
);

beforeAll(initCrypto);

describe('a member’s records', () => {
  it.each([
    ['an inbox', 0],
    ['an outbox', -1],
    ['a private namespace', 2],
  ])(
    'Convergence: any order of arrival gives the leaves of the rules, in %s',
    async (_, namespace) => {
      const order = fc.infiniteStream(fc.nat());
      await fc.assert(
        fc.asyncProperty(changes, order, fc.nat({max: 90}), async (list, shuffle, cutOff) => {
          const operations = list.map((change, index) => operationOf(namespace, index * 3, change));
          const arrivals = operations
            .map((operation, index) => {
              const sinceMs = BigInt(BASE + index * 3 + (list[index]?.late ?? 0));
              return {operation, sinceMs, at: shuffle.next().value ?? 0};
            })
            .sort((a, b) => a.at - b.at);
          const store = recordStore();
          const database = new RecordDatabase(store);
          for (const {operation, sinceMs} of arrivals) await database.apply(operation, {sinceMs});
          for (const {operation} of arrivals) {
            expect((await database.apply(operation)).isNew).toBe(false);
          }
          const naive = list.map(({name, ttl, late = 0}, index): NaiveOperation => {
            const id = bytesToHex(messageIdOf({account: ACCOUNT, namespace}, dataOf(name)));
            const clock = index * 3;
            const since = clock + late;
            return ttl === undefined ? {clock, since, id} : {clock, since, id, expiry: clock + ttl};
          });
          const isOutbox = namespace === -1;
          const maxTtl = Number(maxTtlMs(namespace));
          expect(await leavesOf(store, cutOff)).toEqual(
            naiveLeaves(naive, {cutOff, maxTtl, isOutbox}),
          );
        }),
        {numRuns: 300},
      );
    },
  );

  it('gives back each operation as it came', async () => {
    const database = new RecordDatabase(recordStore());
    const operations = [
      operationOf(0, 1, {name: 1, ttl: 50}),
      operationOf(0, 2, {name: 1, ttl: undefined}),
    ];
    for (const operation of operations) await database.apply(operation);
    for (const operation of operations) {
      expect(await database.operation(operation.stamp)).toEqual(operation);
    }
    expect(await database.operation(stampOf(3))).toBeUndefined();
  });

  it('takes a stamp once', async () => {
    const database = new RecordDatabase(recordStore());
    await database.apply(operationOf(0, 1, {name: 1, ttl: 50}));
    await expect(database.apply(operationOf(0, 1, {name: 1, ttl: 51}))).rejects.toThrow(
      'MESSAGING_STAMP_REUSED',
    );
  });

  it('takes a record without its bytes only together with its end', async () => {
    const ended = (clock: number): Operation => {
      const id = messageIdOf({account: ACCOUNT, namespace: 0}, dataOf(1));
      const operation = operationOf(0, clock, {name: 1, ttl: 50});
      if (operation.body.type !== 'store') throw new Error('no store');
      const value = {id, size: 3, dataHash: toHash(new Uint8Array(32))};
      return {
        ...operation,
        body: {type: 'store', value: {...operation.body.value, content: {type: 'ended', value}}},
      };
    };
    const database = new RecordDatabase(recordStore());
    await expect(database.apply(ended(1))).rejects.toThrow('MESSAGING_RECORD_DAMAGED');
    await database.apply(operationOf(0, 2, {name: 1, ttl: undefined}));
    expect((await database.apply(ended(1))).isNew).toBe(true);
  });

  it('takes nothing that makes another a record again whose bytes are gone, unless it has them', async () => {
    const ended = (clock: number, dataHash: Uint8Array): Operation => {
      const operation = operationOf(0, clock, {name: 1, ttl: 10});
      if (operation.body.type !== 'store') throw new Error('no store');
      const id = messageIdOf({account: ACCOUNT, namespace: 0}, dataOf(1));
      const value = {id, size: 3, dataHash: toHash(dataHash)};
      return {
        ...operation,
        body: {type: 'store', value: {...operation.body.value, content: {type: 'ended', value}}},
      };
    };
    const store = recordStore();
    const database = new RecordDatabase(store);
    // Its target is not known: it keeps the id away for the namespace's longest lifetime.
    await database.apply(operationOf(0, 20, {name: 1, ttl: undefined}));
    const later = operationOf(0, 30, {name: 1, ttl: 500});
    await database.apply(later);
    const key = dataKey({
      account: ACCOUNT,
      namespace: 0,
      stamp: later.stamp,
      id: messageIdOf({account: ACCOUNT, namespace: 0}, dataOf(1)),
    });
    await store.write([remove(key)]);
    const earlier = ended(15, sha256(dataOf(1)));
    await expect(database.apply(earlier)).rejects.toThrow('MESSAGING_RECORD_DAMAGED');
    expect(await store.has(operationKey(earlier.stamp))).toBe(false);
    // With the target the delete keeps the id away for the target's lifetime alone.
    await database.apply(operationOf(0, 15, {name: 1, ttl: 10}));
    expect(await store.get(key)).toEqual(dataOf(1));
    const records = (await leavesOf(store, 100)).filter(({end}) => !end);
    expect(records).toEqual([expect.objectContaining({clock: 30, expiry: 530})]);
  });

  it('takes no more than 65 536 operations on one id', async () => {
    const store = recordStore();
    const id = messageIdOf({account: ACCOUNT, namespace: 0}, dataOf(1));
    const items = Array.from({length: 65_536}, (_, clock) => {
      const stamp = stampOf(clock);
      return {stamp, sinceMs: stamp.clockMs, id, change: {type: 'delete', value: {}} as const};
    });
    const key = historyKey(historyName({account: ACCOUNT, namespace: 0}, id));
    await store.write([{type: 'put', key, value: encode(History, {items})}]);
    const database = new RecordDatabase(store);
    const more = operationOf(0, 70_000, {name: 1, ttl: 50});
    await expect(database.apply(more)).rejects.toThrow('MESSAGING_TOO_MANY_CHANGES');
    expect(await store.has(operationKey(more.stamp))).toBe(false);
  });

  it('says that a write has begun when the disk has it to write, and of a known one nothing', async () => {
    const steps: string[] = [];
    const store = recordStore();
    const write = async (...args: Parameters<RecordStore['write']>): Promise<void> => {
      steps.push('to the disk');
      await store.write(...args);
      steps.push('on disk');
    };
    const database = new RecordDatabase({...store, write});
    const onBegun = () => void steps.push('begun');
    const operation = operationOf(0, 1, {name: 1, ttl: 50});
    for (const _twice of [1, 2]) await database.apply(operation, {onBegun});
    expect(steps).toEqual(['to the disk', 'begun', 'on disk']);
  });

  it('says when a store takes the place of the same message under a later stamp', async () => {
    const database = new RecordDatabase(recordStore());
    const apply = (clock: number, name: number) =>
      database.apply(operationOf(0, clock, {name, ttl: 50}));
    expect(await apply(10, 1)).toMatchObject({isMoved: false});
    expect(await apply(20, 1)).toMatchObject({isMoved: false});
    expect(await apply(5, 1)).toMatchObject({isMoved: true});
    expect(await apply(3, 2)).toMatchObject({isMoved: false});
  });

  it('counts what came too late from the next cut-off on', async () => {
    const store = recordStore();
    const database = new RecordDatabase(store);
    await database.apply(operationOf(0, 1, {name: 1, ttl: 500}), {sinceMs: BigInt(BASE + 101)});
    expect(await leavesOf(store, 100)).toEqual([]);
    expect(await leavesOf(store, 200)).toHaveLength(1);
  });
});
