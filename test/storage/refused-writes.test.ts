import {chmod, chown, mkdtemp, readdir, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {LevelStore} from '../../src/storage/level.ts';
import {StoreProcess} from './store-process.ts';

const VALUE_BYTES = 5000;
/** Root may write everywhere: there, the store's process becomes somebody else. */
const USER = process.getuid?.() === 0 ? 65_534 : undefined;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-refused-'));
  if (USER !== undefined) await chown(folder, USER, USER);
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, {recursive: true, force: true});
});

type Written = {readonly acknowledged: string[]; readonly code: string | undefined};

/** Puts `count` numbered values, or until one is refused. */
async function fill(store: StoreProcess, from: number, count: number): Promise<Written> {
  const acknowledged: string[] = [];
  for (let i = from; i < from + count; i++) {
    const {code} = await store.put(`k${i}`, VALUE_BYTES);
    if (code !== undefined) return {acknowledged, code};
    acknowledged.push(`k${i}`);
  }
  return {acknowledged, code: undefined};
}

async function missing(store: LevelStore, keys: readonly string[]): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const key of keys) {
    const value = await store.get(utf8ToBytes(key));
    if (value?.length !== VALUE_BYTES) lost.push(key);
  }
  return lost;
}

const FULL = {code: 'STORAGE_FULL'};

function putLarge(store: LevelStore, number: number): Promise<void> {
  const value = new Uint8Array(500_000);
  return store.batch([{type: 'put', key: utf8ToBytes(`k${number}`), value}], {sync: true});
}

/** Writes until the next log is needed, which lies on a device without space; then room is made. */
async function runOutOfSpace(store: LevelStore): Promise<unknown> {
  await putLarge(store, 0);
  const traps = Array.from({length: 20}, (_, i) =>
    join(folder, `${String(i + 4).padStart(6, '0')}.log`),
  );
  for (const trap of traps) await symlink('/dev/full', trap);
  try {
    for (let i = 1; i < 40; i++) await putLarge(store, i);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    for (const trap of traps) await rm(trap, {force: true});
  }
}

describe('a full disk', () => {
  it('refuses writes, answers reads, takes writes again and loses none', async () => {
    await using child = await StoreProcess.start(folder, {mostFileBytes: 1_000_000});
    const before = await fill(child, 0, 400);
    expect(before.code).toBe('STORAGE_FULL');
    // The log ends in half a record now: what fits must not be written behind it.
    for (let i = 0; i < 3; i++) {
      expect(await child.put('small', 1)).toEqual({code: 'STORAGE_FULL'});
    }
    expect(await child.ask({type: 'get', key: 'k7'})).toEqual({found: VALUE_BYTES});
    expect(await child.ask({type: 'count'})).toEqual({found: before.acknowledged.length});
    await child.makeRoom();
    const after = await fill(child, 1000, 200);
    expect(after).toMatchObject({code: undefined});
    await child.kill();
    await using store = await LevelStore.open(folder);
    expect(before.acknowledged.length).toBeGreaterThan(100);
    expect(await missing(store, [...before.acknowledged, ...after.acknowledged])).toEqual([]);
  });

  it('is told by its code when there is no room to open', async () => {
    await using child = await StoreProcess.start(folder, {mostFileBytes: 10});
    expect(child.opened).toEqual({code: 'STORAGE_FULL'});
  });

  it('is told by its code when no space is left on the device', async () => {
    await using store = await LevelStore.open(folder);
    expect(await runOutOfSpace(store)).toMatchObject({
      code: 'STORAGE_FULL',
      cause: {message: expect.stringContaining('No space left on device')},
    });
    expect(await store.has(utf8ToBytes('k0'))).toBe(true);
    await putLarge(store, 99);
    expect(await store.has(utf8ToBytes('k99'))).toBe(true);
  });

  it('answers reads while it opens the database again, also those on the thread', async () => {
    await using store = await LevelStore.open(folder);
    await runOutOfSpace(store);
    const written = putLarge(store, 99);
    let isWritten = false;
    const onEnd = (): void => {
      isWritten = true;
    };
    written.then(onEnd, onEnd);
    let during = 0;
    for (; !isWritten; during++) {
      expect((await store.get(utf8ToBytes('k0'), {onThread: true}))?.length).toBe(500_000);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    await written;
    expect(during).toBeGreaterThan(1);
  });

  it('lets walks end whole before it takes writes again', async () => {
    await using store = await LevelStore.open(folder);
    await runOutOfSpace(store);
    let seen = 0;
    for await (const _entry of store.iterate()) {
      // It would wait for its own walk.
      if (seen === 0) await expect(putLarge(store, 98)).rejects.toMatchObject(FULL);
      seen += 1;
    }
    expect(seen).toBeGreaterThan(1);
    const walk = store.iterate()[Symbol.asyncIterator]();
    await walk.next();
    const written = putLarge(store, 99);
    let rest = 1;
    while ((await walk.next()).done !== true) rest += 1;
    await written;
    expect(rest).toBe(seen);
    expect(await store.has(utf8ToBytes('k98'))).toBe(false);
    expect(await store.has(utf8ToBytes('k99'))).toBe(true);
  });
});

describe('a folder that cannot be written', () => {
  it('is told by its code when it is opened', async () => {
    await using first = await StoreProcess.start(folder, {user: USER});
    expect(first.opened).toEqual({});
    await first.kill();
    for (const name of await readdir(folder)) await chmod(join(folder, name), 0o400);
    await chmod(folder, 0o500);
    await using second = await StoreProcess.start(folder, {user: USER});
    expect(second.opened).toEqual({code: 'STORAGE_READ_ONLY'});
  });

  it('refuses writes, answers reads, takes writes again and loses none', async () => {
    await using child = await StoreProcess.start(folder, {user: USER});
    const before = await fill(child, 0, 10);
    await chmod(folder, 0o500);
    // More than LevelDB gathers before it needs another file.
    const during = await fill(child, 100, 4000);
    expect(during.code).toBe('STORAGE_READ_ONLY');
    expect(await child.put('again', 1)).toEqual({code: 'STORAGE_READ_ONLY'});
    expect(await child.ask({type: 'get', key: 'k7'})).toEqual({found: VALUE_BYTES});
    await chmod(folder, 0o700);
    const after = await fill(child, 5000, 100);
    expect(after.code).toBeUndefined();
    await child.kill();
    await using store = await LevelStore.open(folder);
    const all = [before, during, after].flatMap(({acknowledged}) => acknowledged);
    expect(await missing(store, all)).toEqual([]);
  });
});
