import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setImmediate} from 'node:timers/promises';
import {afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {initCrypto} from '../../src/crypto/init.ts';
import {messageIdOf} from '../../src/crypto/message-id.ts';
import {leavesOfEpoch, overrideWrites} from '../../src/messaging/epoch-leaves.ts';
import {HandOver} from '../../src/messaging/hand-over.ts';
import {Hints} from '../../src/messaging/hints.ts';
import {operationKey, PREFIX} from '../../src/messaging/key-space.ts';
import type {Holders} from '../../src/messaging/ports.ts';
import {reconciledUntilMs, reconciledWrite} from '../../src/messaging/reconciled-note.ts';
import {RecordDatabase} from '../../src/messaging/record-database.ts';
import {leavesAt} from '../../src/messaging/record-space.ts';
import type {RecordStore} from '../../src/messaging/record-store.ts';
import {Releaser} from '../../src/messaging/releaser.ts';
import {storedSetOf} from '../../src/messaging/stored-set.ts';
import {sweep} from '../../src/messaging/sweeper.ts';
import {type SessionId, toNodeId, toSignature} from '../../src/protocol/bytes.ts';
import type {Operation} from '../../src/protocol/overlay/member-protocol.ts';
import {maxTtlMs} from '../../src/protocol/overlay/namespaces.ts';
import {toRequestNonce} from '../../src/protocol/overlay/owner-auth.ts';
import {prefixRange, remove} from '../../src/storage/kv.ts';
import {LevelStore} from '../../src/storage/level.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {accountsOf, contentOf, tableAt} from './holders.ts';
import {recordStoreOn} from './local-swarm.ts';
import {sweepAllAt} from './sweep-at.ts';

const NEVER = new AbortController().signal;
const BASE = 1_700_000_000_000;
const TTL_MS = 3_600_000n;
const COORDINATOR = toNodeId(new Uint8Array(20).fill(1));
const OTHER = toNodeId(new Uint8Array(20).fill(2));
const AUTH = {
  nonce: toRequestNonce(new Uint8Array(16)),
  timeMs: 0n,
  keys: undefined,
  signature: toSignature(new Uint8Array(3309)),
};
const OWN = {swarmId: 0, swarmExponent: 1};
/** Whose inboxes the node keeps, and whose others hold by now. */
const KEPT = accountsOf(0, 1, 4);
const GIVEN = accountsOf(1, 1, 4);
/** Lets swarm 1 go: the node sits in swarm 0. */
const TABLE = tableAt(6, 0);

let clock = 0;
const stampNow = () => ({clockMs: BigInt(BASE + clock++), counter: 0, coordinator: COORDINATOR});
const dataOf = (name: number): Uint8Array => Uint8Array.of(name, 1, 2);
const idOf = (account: SessionId, namespace: number, name: number) =>
  messageIdOf({account, namespace}, dataOf(name));

function storeOf(account: SessionId, namespace: number, name: number): Operation {
  const stamp = stampNow();
  const content = {type: 'data', value: dataOf(name)} as const;
  const times = {timestampMs: stamp.clockMs, ttlMs: TTL_MS};
  const value = {account, namespace, ...times, content, auth: undefined};
  return {stamp, body: {type: 'store', value}};
}

function deleteOf(account: SessionId, namespace: number, names: readonly number[]): Operation {
  const ids = names.map((name) => idOf(account, namespace, name));
  const params = {account, namespace, ids};
  return {stamp: stampNow(), body: {type: 'delete', value: {params, auth: AUTH}}};
}

/** A bit of everything: messages, one twice, deletes of one, two and an unknown id, an outbox. */
function lifeOf(account: SessionId): Operation[] {
  return [
    ...[1, 2, 3, 4].map((name) => storeOf(account, 0, name)),
    storeOf(account, 0, 1),
    deleteOf(account, 0, [2]),
    deleteOf(account, 0, [3, 4, 9]),
    storeOf(account, 2, 5),
    storeOf(account, -1, 6),
    storeOf(account, -1, 7),
  ];
}

async function applyAll(store: RecordStore, operations: readonly Operation[]): Promise<void> {
  const database = new RecordDatabase(store);
  for (const operation of operations) await database.apply(operation);
}

async function releaserOn(store: RecordStore, database = new RecordDatabase(store)) {
  return new Releaser({store, database}, await HandOver.open(store));
}

/** A releaser that has counted up to the table before the one that lets swarm 1 go. */
async function readyOn(store: RecordStore): Promise<Releaser> {
  const releaser = await releaserOn(store);
  for (const at of [4, 5]) {
    const table = tableAt(at, 0);
    expect(await releaser.run(() => table, NEVER)).toEqual({swarms: 0, records: 0, hints: 0});
  }
  return releaser;
}

beforeAll(initCrypto);

let store: RecordStore;
let kept: readonly Operation[];
let given: readonly Operation[];
/** What the disk would hold if the others' inboxes had never been here. */
let remains: readonly string[];

beforeEach(async () => {
  clock = 0;
  store = recordStoreOn(new MemoryStore());
  kept = KEPT.flatMap(lifeOf);
  given = GIVEN.flatMap(lifeOf);
  const alone = recordStoreOn(new MemoryStore());
  await applyAll(alone, kept);
  remains = await contentOf(alone);
  await applyAll(store, [...kept, ...given]);
});

describe('a release', () => {
  it('leaves nothing of the inboxes that others hold, and everything of the own ones', async () => {
    const releaser = await readyOn(store);
    const {length} = await contentOf(store);
    expect(length).toBeGreaterThan(remains.length);
    expect(await releaser.run(() => TABLE, NEVER)).toEqual({swarms: 1, records: 32, hints: 0});
    expect(await contentOf(store)).toEqual(remains);
    expect(await releaser.run(() => TABLE, NEVER)).toEqual({swarms: 0, records: 0, hints: 0});
  });

  it('takes all from a node that has no seat any more', async () => {
    const releaser = await readyOn(store);
    const without = [6, 7].map((at) => tableAt(at, undefined));
    for (const table of without) await releaser.run(() => table, NEVER);
    expect(await contentOf(store)).toEqual([]);
  });

  it('changes no set of the own swarm, nor what sweeping finds', async () => {
    const cut = {epoch: 6n, cutOffMs: BigInt(BASE + clock), place: OWN};
    const before = await storedSetOf(leavesOfEpoch(store, cut));
    expect(before.recordCount).toBeGreaterThan(0n);
    const releaser = await readyOn(store);
    await releaser.run(() => TABLE, NEVER);
    expect(await storedSetOf(leavesOfEpoch(store, cut))).toEqual(before);
    const endMs = BigInt(BASE + clock) + maxTtlMs(-1);
    const parts = {store, database: new RecordDatabase(store)};
    await sweepAllAt({sweep: (limits) => sweep(parts, limits)}, endMs);
    expect(await contentOf(store)).toEqual([]);
  });

  it('takes deletes of histories that have gone before them', async () => {
    for await (const [key] of store.iterate(prefixRange(PREFIX.history))) {
      await store.write([remove(key)]);
    }
    const deletes = given.filter(({body}) => body.type === 'delete');
    for (const {stamp} of deletes) expect(await store.has(operationKey(stamp))).toBe(true);
    const releaser = await readyOn(store);
    await releaser.run(() => TABLE, NEVER);
    for (const {stamp} of deletes) expect(await store.has(operationKey(stamp))).toBe(false);
    for (const {stamp, body} of kept) {
      if (body.type === 'delete') expect(await store.has(operationKey(stamp))).toBe(true);
    }
  });

  it('takes the hints of what has gone, and what sets of epochs that are over differed by', async () => {
    const hints = new Hints(store);
    const [ours, theirs] = [kept[0]!.stamp, given[0]!.stamp];
    for (const stamp of [ours, theirs]) await hints.add([COORDINATOR, OTHER], [stamp]);
    for (const epoch of [5n, 6n]) {
      await store.write(await overrideWrites(store, {epoch, cutOffMs: BigInt(BASE + clock)}, []));
    }
    const releaser = await readyOn(store);
    expect(await releaser.run(() => TABLE, NEVER)).toMatchObject({hints: 2});
    expect(await hints.of(COORDINATOR, 9)).toEqual([ours]);
    expect(await hints.of(OTHER, 9)).toEqual([ours]);
    const differing = (await contentOf(store)).filter((line) => line.startsWith('08'));
    expect(differing.length).toBeGreaterThan(0);
    expect(differing.every((line) => line.startsWith(`08${'6'.padStart(16, '0')}`))).toBe(true);
  });

  it('walks over more than it looks at in one move', async () => {
    const [account] = GIVEN;
    const many = Array.from({length: 1200}, (_, name) => {
      const operation = storeOf(account!, 0, 0);
      const content = {type: 'data', value: Uint8Array.of(name >> 8, name, 9)} as const;
      const value = {...(operation.body.value as object), content} as never;
      return {...operation, body: {type: 'store', value}} as Operation;
    });
    await applyAll(store, many);
    const releaser = await readyOn(store);
    expect(await releaser.run(() => TABLE, NEVER)).toMatchObject({records: 1232});
    expect(await contentOf(store)).toEqual(remains);
  });

  it('does not walk again before another swarm is let go', async () => {
    const releaser = await readyOn(store);
    await releaser.run(() => TABLE, NEVER);
    await applyAll(store, given.slice(0, 1));
    const next = tableAt(7, 0);
    await releaser.run(() => next, NEVER);
    expect(await store.has(operationKey(given[0]!.stamp))).toBe(true);
    const restarted = await releaserOn(store);
    await restarted.run(() => next, NEVER);
    expect(await contentOf(store)).toEqual(remains);
  });
});

describe('nothing goes', () => {
  it('while the chain is not heard, or tells of an older epoch', async () => {
    const releaser = await readyOn(store);
    const all = await contentOf(store);
    const nothing = {swarms: 0, records: 0, hints: 0};
    expect(await releaser.run(() => undefined, NEVER)).toEqual(nothing);
    const old = tableAt(3, 0);
    expect(await releaser.run(() => old, NEVER)).toEqual(nothing);
    expect(await contentOf(store)).toEqual(all);
  });

  it.each<[string, Holders | undefined]>([
    ['the chain falls silent', undefined],
    ['another table comes', tableAt(7, 1)],
  ])('from the moment on in which %s', async (_, next) => {
    let now: Holders | undefined = TABLE;
    let histories = 0;
    const turning: RecordStore = {
      ...store,
      get: async (key) => {
        if (key[0] === PREFIX.history[0]) histories += 1;
        const isLater = histories > 3;
        if (isLater) await setImmediate();
        if (isLater) now = next;
        return store.get(key);
      },
    };
    const releaser = await readyOn(turning);
    expect(await releaser.run(() => now, NEVER)).toMatchObject({records: 3});
    const left = await contentOf(store);
    expect(left.length).toBeGreaterThan(remains.length);
    expect(await releaser.run(() => now, NEVER)).toMatchObject({records: 0});
    expect(await contentOf(store)).toEqual(left);
  });

  it('while another operation of the same id is under way, and what it wrote goes with the rest', async () => {
    const database = new RecordDatabase(store);
    const releaser = await releaserOn(store, database);
    for (const at of [4, 5]) {
      const table = tableAt(at, 0);
      await releaser.run(() => table, NEVER);
    }
    const own = storeOf(KEPT[0]!, 0, 77);
    const late = GIVEN.map((account) => storeOf(account, 0, 1));
    const writes = [...late, own].map((operation) => database.apply(operation));
    await Promise.all([...writes, releaser.run(() => TABLE, NEVER)]);
    const alone = recordStoreOn(new MemoryStore());
    await applyAll(alone, [...kept, own]);
    // Whole or not at all: what came behind its history's removal stands by itself.
    const again = await releaserOn(store);
    await again.run(() => TABLE, NEVER);
    expect(await contentOf(store)).toEqual(await contentOf(alone));
  });
});

describe('a release that was broken off', () => {
  /** Fails from the given write on, as a disk does that is pulled. */
  function failingAfter(writes: number): RecordStore {
    let left = writes;
    return {
      ...store,
      write: (operations) => {
        left -= 1;
        return left < 0 ? Promise.reject(new Error('pulled')) : store.write(operations);
      },
    };
  }

  it('goes on after a restart, wherever it was', async () => {
    await readyOn(store);
    for (let writes = 0; writes < 40; writes++) {
      const releaser = await releaserOn(failingAfter(writes));
      const before = (await contentOf(store)).length;
      const isThrough = await releaser
        .run(() => TABLE, NEVER)
        .then(
          () => true,
          () => false,
        );
      expect((await contentOf(store)).length).toBeLessThanOrEqual(before);
      if (isThrough) break;
    }
    expect(await contentOf(store)).toEqual(remains);
  });

  it('has every operation fetched again when the seat comes back: deleted stays deleted', async () => {
    const cutOffs = Array.from({length: clock + 2}, (_, at) => BigInt(BASE + at));
    const leavesOf = async (at: bigint) => {
      const leaves = [];
      for await (const leaf of leavesAt(store, at)) leaves.push(leaf);
      return leaves;
    };
    const before = await Promise.all(cutOffs.map(leavesOf));
    await readyOn(store);
    await store.write([reconciledWrite({swarmId: 1, swarmExponent: 1}, 99n)]);
    for (let writes = 3; writes < 24; writes += 4) {
      const releaser = await releaserOn(failingAfter(writes));
      await expect(releaser.run(() => TABLE, NEVER)).rejects.toThrow('pulled');
      // Back in swarm 1, it reconciles from the beginning, which brings every stamp that is not here.
      expect(await reconciledUntilMs(store, {swarmId: 1, swarmExponent: 1})).toBe(0n);
      const database = new RecordDatabase(store);
      const missing = [];
      for (const each of given) {
        if (!(await store.has(operationKey(each.stamp)))) missing.push(each);
      }
      expect(missing.length).toBeGreaterThan(0);
      for (const operation of missing) await database.apply(operation);
      expect(await Promise.all(cutOffs.map(leavesOf))).toEqual(before);
    }
  });

  it('keeps how far the own swarm was reconciled', async () => {
    await store.write([reconciledWrite(OWN, 99n)]);
    const releaser = await readyOn(store);
    await releaser.run(() => TABLE, NEVER);
    expect(await reconciledUntilMs(store, OWN)).toBe(99n);
  });
});

describe('on a disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'release-'));
  });
  afterEach(() => rm(folder, {recursive: true}));

  it('counts on, and goes on, through restarts of the node', async () => {
    const onDisk = async (action: (disk: RecordStore) => Promise<void>): Promise<void> => {
      await using level = await LevelStore.open(join(folder, 'records'));
      await action(recordStoreOn(level));
    };
    await onDisk((disk) => applyAll(disk, [...kept, ...given]));
    for (const at of [4, 5]) {
      const table = tableAt(at, 0);
      await onDisk(async (disk) => void (await (await releaserOn(disk)).run(() => table, NEVER)));
    }
    const stop = new AbortController();
    await onDisk(async (disk) => {
      const stopping: RecordStore = {
        ...disk,
        write: async (operations) => {
          await disk.write(operations);
          stop.abort();
        },
      };
      await (await releaserOn(stopping)).run(() => TABLE, stop.signal);
      expect((await contentOf(disk)).some((line) => line.startsWith('05'))).toBe(true);
    });
    await onDisk(async (disk) => {
      await (await releaserOn(disk)).run(() => TABLE, NEVER);
      expect(await contentOf(disk)).toEqual(remains);
    });
  });
});
