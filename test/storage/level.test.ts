import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, rename, rm, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {StorageError} from '../../src/storage/errors.ts';
import {LevelStore} from '../../src/storage/level.ts';
import {toStorageError} from '../../src/storage/level-errors.ts';

const SOURCE = join(import.meta.dirname, '..', '..', 'src', 'storage', 'level.ts');

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
  it('says that another has the folder open', async () => {
    await using _first = await LevelStore.open(folder);
    const error = await openFailure(folder);
    expect(error.code).toBe('STORAGE_LOCKED');
    expect(error.message).toContain('another process');
  });

  it('says that the path is no database', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'not a folder');
    expect((await openFailure(file)).code).toBe('STORAGE_NOT_A_DATABASE');
  });

  it('says that the database is damaged', async () => {
    const store = await LevelStore.open(folder);
    await store.batch([{type: 'put', key: utf8ToBytes('a'), value: utf8ToBytes('b')}], {
      sync: true,
    });
    await store.close();
    const manifest = (await readdir(folder)).find((name) => name.startsWith('MANIFEST'));
    await truncate(join(folder, manifest!), 3);
    expect((await openFailure(folder)).code).toBe('STORAGE_CORRUPT');
    await writeFile(join(folder, 'CURRENT'), 'MANIFEST-000099\n');
    expect((await openFailure(folder)).code).toBe('STORAGE_CORRUPT');
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

  it('loses nothing acknowledged with sync when its process is killed at once', async () => {
    const script = `
      const {LevelStore} = await import(${JSON.stringify(SOURCE)});
      const store = await LevelStore.open(${JSON.stringify(folder)});
      for (let i = 0; ; i++) {
        await store.batch([{type: 'put', key: Buffer.from('k' + i), value: Buffer.from('v' + i)}], {sync: true});
        process.stdout.write(i + '\\n');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > 200) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const acknowledged = output.split('\n').filter((line) => line !== '').length;
    expect(acknowledged).toBeGreaterThanOrEqual(200);
    await using store = await LevelStore.open(folder);
    for (let i = 0; i < acknowledged - 1; i++) {
      expect(await store.has(utf8ToBytes(`k${i}`))).toBe(true);
    }
  });
});
