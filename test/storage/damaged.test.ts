import {mkdtemp, readdir, readFile, rm, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {LevelStore} from '../../src/storage/level.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-damaged-'));
  await using store = await LevelStore.open(folder);
  const value = new Uint8Array(1000).fill(7);
  await store.batch([{type: 'put', key: utf8ToBytes('a'), value}], {sync: true});
});
afterEach(() => rm(folder, {recursive: true, force: true}));

async function fileOf(pattern: RegExp): Promise<string> {
  const name = (await readdir(folder)).find((each) => pattern.test(each));
  if (name === undefined) throw new Error(`no file ${pattern}`);
  return join(folder, name);
}

const current = (): Promise<string> => fileOf(/^CURRENT$/);
const manifest = (): Promise<string> => fileOf(/^MANIFEST-/);
const table = (): Promise<string> => fileOf(/\.(ldb|sst)$/);

/** Opening moves what the log holds to a table. */
async function makeTable(): Promise<void> {
  await using _store = await LevelStore.open(folder);
}

async function overwrite(path: string): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(path, new Uint8Array(bytes.length).fill(0xa5));
}

async function openAndRead(): Promise<number | undefined> {
  await using store = await LevelStore.open(folder);
  return (await store.get(utf8ToBytes('a')))?.length;
}

type Damage = readonly [name: string, damage: () => Promise<unknown>];

const DAMAGES: readonly Damage[] = [
  ['CURRENT is empty', async () => truncate(await current(), 0)],
  ['CURRENT is noise', async () => overwrite(await current())],
  ['CURRENT names no manifest', async () => writeFile(await current(), 'MANIFEST-000099\n')],
  ['the manifest is gone', async () => rm(await manifest())],
  ['the manifest is cut', async () => truncate(await manifest(), 3)],
  ['the manifest is noise', async () => overwrite(await manifest())],
  ['a table is gone', async () => rm(await table())],
  ['a table is empty', async () => truncate(await table(), 0)],
  ['a table is cut', async () => truncate(await table(), 60)],
  ['a table is noise', async () => overwrite(await table())],
];

describe('a damaged database', () => {
  it('is whole before', async () => {
    await makeTable();
    expect(await openAndRead()).toBe(1000);
  });

  it.each(DAMAGES)('is told by its code when %s', async (_name, damage) => {
    await makeTable();
    await damage();
    await expect(openAndRead()).rejects.toMatchObject({
      code: 'STORAGE_CORRUPT',
      details: {location: folder},
    });
  });
});
