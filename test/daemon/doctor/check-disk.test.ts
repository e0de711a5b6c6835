import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {checkDatabases, checkDisk} from '../../../src/daemon/doctor/check-disk.ts';
import {createSystemPorts} from '../../../src/daemon/system-ports.ts';
import {LevelStore} from '../../../src/storage/level.ts';

const MIB = 1024n * 1024n;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-doctor-'));
});
afterEach(() => rm(folder, {recursive: true}));

const disk = (free: bigint, used = 0n) => ({
  freeBytes: async () => free,
  usedBytes: async () => used,
});

describe('checkDisk', () => {
  const rows: readonly (readonly [string, bigint, bigint, bigint, string])[] = [
    ['room for all that is offered', 100n, 0n, 100n, 'ok'],
    ['what is used counts', 70n, 30n, 100n, 'ok'],
    ['too little for what is offered', 70n, 29n, 100n, 'fail'],
    ['nearly full', 63n, 200n, 100n, 'fail'],
  ];
  for (const [name, free, used, capacity, status] of rows) {
    it(`${name}: ${status}`, async () => {
      const ports = disk(free * MIB, used * MIB);
      expect(await checkDisk(folder, capacity * MIB, ports)).toMatchObject({status});
    });
  }

  it('looks at the disk on which a folder will be made', async () => {
    const finding = await checkDisk(join(folder, 'a/b'), MIB, disk(100n * MIB));
    expect(finding).toMatchObject({status: 'warn', advice: 'the first start makes it'});
    expect(await checkDisk(join(folder, 'a/b'), 200n * MIB, disk(100n * MIB))).toMatchObject({
      status: 'fail',
    });
  });

  it('says nothing of an offer that only the chain knows', async () => {
    const {status, text} = await checkDisk(folder, undefined, disk(100n * MIB, 2n * MIB));
    expect([status, text]).toEqual(['ok', '100 MiB free, 2 MiB used']);
  });

  it('reads the real disk', async () => {
    const {text} = await checkDisk(folder, 1n, createSystemPorts());
    expect(text).toMatch(/^\d+ MiB free, 0 MiB used of 0 MiB offered$|MiB left$/);
  });

  it('fails on a file, and below one', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await checkDisk(file, MIB, disk(MIB))).toMatchObject({status: 'fail'});
    const below = await checkDisk(join(file, 'x'), MIB, disk(MIB));
    expect(below).toMatchObject({status: 'fail', text: expect.stringContaining('ENOTDIR')});
  });

  it('fails on a disk that cannot be asked, but not on a bug', async () => {
    const gone = {
      ...disk(0n),
      freeBytes: () => Promise.reject(Object.assign(new Error('x'), {code: 'EIO'})),
    };
    expect((await checkDisk(folder, MIB, gone)).text).toContain('(EIO)');
    const broken = {...disk(0n), freeBytes: () => Promise.reject(new RangeError('a bug'))};
    await expect(checkDisk(folder, MIB, broken)).rejects.toThrow('a bug');
  });
});

describe('checkDatabases', () => {
  const make = async (name: string) => (await LevelStore.open(join(folder, name))).close();

  it('makes none', async () => {
    expect(await checkDatabases(folder)).toMatchObject({status: 'ok'});
    expect(await checkDatabases(join(folder, 'nothing'))).toMatchObject({status: 'ok'});
    expect(await readdir(folder)).toEqual([]);
  });

  it('says that nobody holds them', async () => {
    await make('ledger');
    await make('records');
    const finding = await checkDatabases(folder);
    expect(finding).toMatchObject({status: 'warn', check: 'database'});
    expect(finding.text).toContain('no node holds them');
  });

  it('says that the node runs', async () => {
    await make('ledger');
    await using _held = await LevelStore.open(join(folder, 'records'));
    expect(await checkDatabases(folder)).toMatchObject({
      status: 'ok',
      text: 'the databases are in use: the node runs',
    });
  });

  it('says which is damaged, and what to do', async () => {
    await make('ledger');
    await rm(join(folder, 'ledger', 'CURRENT'));
    const damaged = await checkDatabases(folder);
    expect(damaged.text).toBe(`${join(folder, 'ledger')} does not open (STORAGE_CORRUPT)`);
    expect(damaged.advice).toContain('restore the whole folder');
    await rm(join(folder, 'ledger'), {recursive: true});
    await mkdir(join(folder, 'records'));
    await writeFile(join(folder, 'records', 'holiday.jpg'), '');
    expect((await checkDatabases(folder)).text).toContain('STORAGE_NOT_A_DATABASE');
  });
});
