import {setTimeout} from 'node:timers/promises';
import {beforeAll, describe, expect, it} from 'vitest';
import {initCrypto} from '../../src/crypto/init.ts';
import {operationKey, PREFIX} from '../../src/messaging/key-space.ts';
import {RecordDatabase} from '../../src/messaging/record-database.ts';
import type {RecordStore} from '../../src/messaging/record-store.ts';
import {StoredOperation} from '../../src/messaging/stored-operation.ts';
import {sweep} from '../../src/messaging/sweeper.ts';
import {
  toKemPublicKey,
  toNodeId,
  toSessionId,
  toSignature,
  toSigningPublicKey,
} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import type {Operation} from '../../src/protocol/overlay/member-protocol.ts';
import {toRequestNonce} from '../../src/protocol/overlay/owner-auth.ts';
import {prefixRange, type WriteOperation} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';

const DAY_MS = 86_400_000;
const BASE_MS = 1_700_000_000_000;
const ACCOUNT = toSessionId(new Uint8Array(33).fill(7));
const COORDINATOR = toNodeId(new Uint8Array(20).fill(1));
const KEYS = {
  kem: toKemPublicKey(new Uint8Array(1184).fill(3)),
  signing: toSigningPublicKey(new Uint8Array(1952).fill(4)),
};
const AUTH = {
  nonce: toRequestNonce(new Uint8Array(16)),
  timeMs: 0n,
  keys: KEYS,
  signature: toSignature(new Uint8Array(3309)),
};
const PRIVATE = 2;
/** Prefix, instant and account. */
const MARK_BYTES = 1 + 8 + 33;

/** Signed by the account's owner at a day, to be kept for so many. */
function storeAt(day: number, days: number, name = 0): Operation {
  const timestampMs = BigInt(BASE_MS + day * DAY_MS);
  const value = {
    account: ACCOUNT,
    namespace: PRIVATE,
    timestampMs,
    ttlMs: BigInt(days * DAY_MS),
    content: {type: 'data', value: Uint8Array.of(day, days, name)} as const,
    auth: AUTH,
  };
  const stamp = {clockMs: timestampMs, counter: name, coordinator: COORDINATOR};
  return {stamp, body: {type: 'store', value}};
}

function deleteAt(
  day: number,
  ids: Extract<Operation['body'], {type: 'delete'}>['value']['params']['ids'],
): Operation {
  const params = {account: ACCOUNT, namespace: PRIVATE, ids};
  const stamp = {clockMs: BigInt(BASE_MS + day * DAY_MS), counter: 9, coordinator: COORDINATOR};
  return {stamp, body: {type: 'delete', value: {params, auth: AUTH}}};
}

type Disk = RecordStore & {
  /** How often keys were written or removed. */
  readonly keyWrites: () => number;
  /** Runs before each write takes effect. */
  onWrite: (writes: readonly WriteOperation[]) => Promise<void>;
};

function diskOf(store = new MemoryStore()): Disk {
  let keyWrites = 0;
  const disk: Disk = {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    has: (key) => store.has(key),
    iterate: (range) => store.iterate(range),
    onWrite: () => Promise.resolve(),
    async write(writes) {
      await disk.onWrite(writes);
      await store.batch(writes);
      if (writes.some(isOfKeys)) keyWrites += 1;
    },
    keyWrites: () => keyWrites,
  };
  return disk;
}

const isOfKeys = ({key}: WriteOperation): boolean => key[0] === PREFIX.ownerKeys[0];

async function under(disk: Disk, prefix: Uint8Array): Promise<Uint8Array[]> {
  const values: Uint8Array[] = [];
  for await (const [, value] of disk.iterate(prefixRange(prefix))) values.push(value);
  return values;
}

/** Marks by which keys will be swept. */
async function marksIn(disk: Disk): Promise<Uint8Array[]> {
  const marks: Uint8Array[] = [];
  for await (const [key] of disk.iterate(prefixRange(PREFIX.sweep))) {
    if (key.length === MARK_BYTES) marks.push(key);
  }
  return marks;
}

async function sweepAll(disk: Disk, database: RecordDatabase, day: number): Promise<void> {
  const atMs = BigInt(BASE_MS + day * DAY_MS);
  const limits = {keepFromMs: atMs, endedUntilMs: atMs};
  while ((await sweep({store: disk, database}, limits)) > 0);
}

beforeAll(initCrypto);

describe('owners’ keys', () => {
  it('are on disk once, and come back with each operation', async () => {
    const disk = diskOf();
    const database = new RecordDatabase(disk);
    const first = storeAt(0, 1);
    const {ids} = await database.apply(first);
    const operations = [storeAt(0, 2, 1), storeAt(1, 2, 2), deleteAt(1, [...ids])];
    for (const operation of operations) await database.apply(operation);
    for (const operation of [first, ...operations]) {
      expect(await database.operation(operation.stamp)).toEqual(operation);
    }
    const stored = await under(disk, PREFIX.operation);
    expect(stored).toHaveLength(4);
    for (const value of stored) {
      expect(decode(StoredOperation, value).value.auth).toEqual({...AUTH, keys: undefined});
    }
    // Once for the first, and once because the delete is kept for longer.
    expect(disk.keyWrites()).toBe(2);
    expect(await under(disk, PREFIX.ownerKeys)).toHaveLength(1);
  });

  it('are written once for many that come together', async () => {
    const disk = diskOf();
    const database = new RecordDatabase(disk);
    const operations = Array.from({length: 20}, (_, name) => storeAt(0, 1, name));
    await Promise.all(operations.map((operation) => database.apply(operation)));
    expect(disk.keyWrites()).toBe(1);
    expect(await under(disk, PREFIX.operation)).toHaveLength(20);
  });

  it('are there before the operation, and are not written again after a restart', async () => {
    const disk = diskOf();
    disk.onWrite = async (writes) => {
      if (writes.some(isOfKeys)) await setTimeout(10);
      const isOperation = writes.some(({key}) => key[0] === PREFIX.operation[0]);
      if (isOperation) expect(await under(disk, PREFIX.ownerKeys)).toHaveLength(1);
    };
    await new RecordDatabase(disk).apply(storeAt(0, 1));
    const database = new RecordDatabase(disk);
    await database.apply(storeAt(0, 1, 1));
    expect(disk.keyWrites()).toBe(1);
    expect(await database.operation(storeAt(0, 1).stamp)).toEqual(storeAt(0, 1));
  });

  it('refuse the operation when they cannot be written, and are tried again', async () => {
    const disk = diskOf();
    const database = new RecordDatabase(disk);
    disk.onWrite = () => Promise.reject(new Error('full'));
    await expect(database.apply(storeAt(0, 1))).rejects.toThrow('full');
    disk.onWrite = () => Promise.resolve();
    await database.apply(storeAt(0, 1));
    expect(await database.operation(storeAt(0, 1).stamp)).toEqual(storeAt(0, 1));
  });

  it('stay until a week after what they may be needed for, with one mark for sweeping', async () => {
    const disk = diskOf();
    const database = new RecordDatabase(disk);
    await database.apply(storeAt(0, 1));
    await database.apply(storeAt(6, 2));
    expect(disk.keyWrites()).toBe(1); // Day 8 is the first that they were kept for.
    await database.apply(storeAt(6, 3, 1));
    expect(disk.keyWrites()).toBe(2); // Until day 16.
    expect(await marksIn(disk)).toHaveLength(1);
    await sweepAll(disk, database, 15.9);
    expect(await under(disk, PREFIX.operation)).toEqual([]);
    expect(await under(disk, PREFIX.ownerKeys)).toHaveLength(1);
    expect(await under(disk, PREFIX.sweep)).toHaveLength(1);
    await sweepAll(disk, database, 16);
    expect(await under(disk, PREFIX.ownerKeys)).toEqual([]);
    expect(await under(disk, PREFIX.sweep)).toEqual([]);
  });

  it('stay when the mark of an earlier time is looked at late', async () => {
    const disk = diskOf();
    const database = new RecordDatabase(disk);
    await database.apply(storeAt(0, 1));
    const [mark] = await marksIn(disk);
    await database.apply(storeAt(8, 1));
    await database.keys.sweep(ACCOUNT, mark!, BigInt(BASE_MS + 8 * DAY_MS));
    expect(await database.operation(storeAt(8, 1).stamp)).toEqual(storeAt(8, 1));
  });

  it('are found beside an operation where they were before', async () => {
    const disk = diskOf();
    const {stamp, body} = deleteAt(1, []);
    if (body.type !== 'delete') throw new Error('no delete');
    await disk.write([
      {type: 'put', key: operationKey(stamp), value: encode(StoredOperation, body)},
    ]);
    expect(await new RecordDatabase(disk).operation(stamp)).toEqual({stamp, body});
  });

  it('come again with what is signed after they went', async () => {
    const disk = diskOf();
    const database = new RecordDatabase(disk);
    await database.apply(storeAt(0, 1));
    await sweepAll(disk, database, 8);
    expect(await under(disk, PREFIX.ownerKeys)).toEqual([]);
    // What a member still brings of that time needs them as well.
    await database.apply(storeAt(0, 1, 1));
    expect(await database.operation(storeAt(0, 1, 1).stamp)).toEqual(storeAt(0, 1, 1));
  });

  it('are not lost to a sweep that runs while they are kept for longer', async () => {
    const disk = diskOf();
    const database = new RecordDatabase(disk);
    await database.apply(storeAt(0, 1));
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    disk.onWrite = async (writes) => {
      if (!writes.some((write) => isOfKeys(write) && write.type === 'delete')) return;
      begun.resolve();
      await held.promise;
    };
    const sweeping = sweepAll(disk, database, 8);
    await begun.promise;
    const applied = database.apply(storeAt(8, 1));
    await setTimeout(20);
    held.resolve();
    await Promise.all([sweeping, applied]);
    expect(await database.operation(storeAt(8, 1).stamp)).toEqual(storeAt(8, 1));
  });
});
