import {mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {FileError, readSmallFile, writeFileAtomic} from '../../src/daemon/files.ts';
import {createSystemPorts} from '../../src/daemon/system-ports.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-files-'));
});
afterEach(() => rm(folder, {recursive: true}));

const BYTES = new Uint8Array([1, 2, 3]);

describe('files', () => {
  it('are written whole, with their mode, and leave nothing else behind', async () => {
    const file = join(folder, 'deep', 'er', 'file');
    await writeFileAtomic(file, BYTES, {mode: 0o600, overwrite: false});
    expect(await readSmallFile(file)).toEqual(BYTES);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'deep', 'er'))).toEqual(['file']);
  });

  it('are not replaced unless that is wanted', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'old');
    const refused = writeFileAtomic(file, BYTES, {mode: 0o600, overwrite: false});
    await expect(refused).rejects.toMatchObject({code: 'FILE_EXISTS', details: {path: file}});
    expect(await readFile(file, 'utf8')).toBe('old');
    await writeFileAtomic(file, BYTES, {mode: 0o600, overwrite: true});
    expect(await readSmallFile(file)).toEqual(BYTES);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('that are missing, folders or too large give coded errors', async () => {
    const missing = readSmallFile(join(folder, 'none'));
    await expect(missing).rejects.toMatchObject({code: 'FILE_MISSING'});
    await expect(readSmallFile(folder)).rejects.toBeInstanceOf(FileError);
    const large = join(folder, 'large');
    await writeFile(large, new Uint8Array(2 * 1024 * 1024 + 1));
    await expect(readSmallFile(large)).rejects.toMatchObject({details: {reason: 'too large'}});
    const below = join(large, 'x');
    const write = writeFileAtomic(below, BYTES, {mode: 0o600, overwrite: false});
    await expect(write).rejects.toMatchObject({code: 'FILE_UNWRITABLE'});
  });
});

describe('system ports', () => {
  it('count the bytes below a folder, and those that are left', async () => {
    await mkdir(join(folder, 'a', 'b'), {recursive: true});
    await writeFile(join(folder, 'a', 'b', 'one'), new Uint8Array(1000));
    await writeFile(join(folder, 'two'), new Uint8Array(24));
    const ports = createSystemPorts();
    expect(await ports.usedBytes(folder)).toBe(1024n);
    expect(await ports.freeBytes(folder)).toBeGreaterThan(0n);
  });

  it('end a sleep with the reason of the signal', async () => {
    const stop = new AbortController();
    const sleeping = createSystemPorts().sleep(60_000, stop.signal);
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });
});
