import {expect, it} from 'vitest';
import {StorageGauge} from '../../src/daemon/storage-gauge.ts';

const LEAST = 1000n;

function gaugeOf(used: bigint | Error) {
  const disk = {used, looks: 0, nowMs: 1_700_000_000_000};
  const errors: unknown[] = [];
  const gauge = new StorageGauge(
    {
      nowMs: () => disk.nowMs,
      usedBytes: async () => {
        disk.looks += 1;
        if (disk.used instanceof Error) throw disk.used;
        return disk.used;
      },
    },
    {folder: '/data', minCapacity: () => LEAST, onError: (error) => errors.push(error)},
  );
  return {disk, gauge, errors};
}

it.each([
  [0n, false],
  [799n, false],
  [800n, true],
  [5000n, true],
])('with %d of 1000 bytes used a node is full: %s', async (used, isFull) => {
  const {gauge} = gaugeOf(used);
  await gauge.look();
  expect(gauge.isFull()).toBe(isFull);
});

it('answers from memory, and looks again when that is old', async () => {
  const {disk, gauge} = gaugeOf(799n);
  await gauge.look();
  disk.used = 800n;
  expect([gauge.isFull(), gauge.isFull()]).toEqual([false, false]);
  expect(disk.looks).toBe(1);
  disk.nowMs += 5000;
  expect([gauge.isFull(), gauge.isFull()]).toEqual([false, false]);
  await Promise.resolve();
  await expect.poll(() => gauge.isFull()).toBe(true);
  expect(disk.looks).toBe(2);
});

it('stays with what it knew of a folder that cannot be looked at', async () => {
  const {disk, gauge} = gaugeOf(900n);
  await gauge.look();
  disk.used = Object.assign(new Error('gone'), {code: 'ENOENT', syscall: 'scandir'});
  await gauge.look();
  expect(gauge.isFull()).toBe(true);
});

it('tells of an error that is not of the disk', async () => {
  const {disk, gauge, errors} = gaugeOf(900n);
  await gauge.look();
  const fault = new TypeError('a fault');
  disk.used = fault;
  await expect(gauge.look()).rejects.toBe(fault);
  disk.nowMs += 5000;
  expect(gauge.isFull()).toBe(true);
  await expect.poll(() => errors).toEqual([fault]);
});
