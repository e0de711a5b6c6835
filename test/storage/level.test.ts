import {mkdtemp, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {StorageError} from '../../src/storage/errors.ts';
import {LevelStore} from '../../src/storage/level.ts';
import {toStorageError} from '../../src/storage/level-errors.ts';
import {StoreProcess} from './store-process.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-level-'));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

async function openFailure(path: string): Promise<StorageError> {
  const error = await LevelStore.open(path).then(
    async (store) => {
      await store.close();
      return undefined;
    },
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(StorageError);
  return error as StorageError;
}

describe('LevelStore', () => {
  it('says that another process has the folder open, until that one is killed', async () => {
    await using first = await StoreProcess.start(folder);
    expect(first.opened).toEqual({});
    expect((await first.put('a', 5)).code).toBeUndefined();
    const error = await openFailure(folder);
    expect(error.code).toBe('STORAGE_LOCKED');
    expect(error.message).toContain('another process');
    expect(await first.ask({type: 'get', key: 'a'})).toEqual({found: 5});
    await first.kill();
    await using store = await LevelStore.open(folder);
    expect(await store.has(utf8ToBytes('a'))).toBe(true);
  });

  it('says that this process has the folder open', async () => {
    await using _first = await LevelStore.open(folder);
    expect((await openFailure(folder)).code).toBe('STORAGE_LOCKED');
  });

  it('says that the path is no database', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'not a folder');
    expect((await openFailure(file)).code).toBe('STORAGE_NOT_A_DATABASE');
  });

  it('does not begin anew over tables whose CURRENT is gone', async () => {
    const store = await LevelStore.open(folder);
    await store.batch([{type: 'put', key: utf8ToBytes('a'), value: utf8ToBytes('b')}], {
      sync: true,
    });
    await store.close();
    await rename(join(folder, 'CURRENT'), `${folder}-current`);
    expect((await openFailure(folder)).code).toBe('STORAGE_CORRUPT');
    await rename(`${folder}-current`, join(folder, 'CURRENT'));
    await using again = await LevelStore.open(folder);
    expect(await again.has(utf8ToBytes('a'))).toBe(true);
  });

  it('does not write among other people’s files', async () => {
    await writeFile(join(folder, 'thesis.txt'), 'precious');
    expect((await openFailure(folder)).code).toBe('STORAGE_NOT_A_DATABASE');
    expect(await readdir(folder)).toEqual(['thesis.txt']);
  });

  it.each([
    ['STORAGE_FULL', 'IO error: /x/000005.log: No space left on device'],
    ['STORAGE_FULL', 'IO error: /x/000005.log: Disk quota exceeded'],
    ['STORAGE_READ_ONLY', 'IO error: /x/LOCK: Read-only file system'],
    ['STORAGE_READ_ONLY', 'IO error: /x/LOCK: Permission denied'],
    ['STORAGE_FAILED', 'IO error: /x/LOCK: Input/output error'],
  ])('reads %s out of "%s"', (code, text) => {
    const cause = Object.assign(new Error('Database failed to open'), {
      code: 'LEVEL_DATABASE_NOT_OPEN',
      cause: new Error(text),
    });
    expect(toStorageError(cause, '/x')).toMatchObject({code, details: {location: '/x'}});
  });
});
