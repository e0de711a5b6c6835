import {beforeEach, describe, expect, it} from 'vitest';
import type {RecordStore} from '../../src/messaging/record-store.ts';
import {StampCeiling} from '../../src/messaging/stamp-ceiling.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {encode} from '../../src/protocol/codec.ts';
import {CONSISTENCY} from '../../src/protocol/overlay/client-protocol.ts';
import {Stamp} from '../../src/protocol/stored-record.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm, recordStoreOn} from './local-swarm.ts';

const START_MS = 1_700_000_000_000;
const TOLERANCE_MS = 10_000n;
const STEP_MS = 2500n;

/** A disk whose writes wait until they are let go, and a machine's clock. */
class SlowDisk {
  nowMs = START_MS;
  readonly waiting: (() => void)[] = [];
  readonly #store = recordStoreOn(new MemoryStore());
  isSlow = false;
  isFull = false;
  writes = 0;

  open(): Promise<StampCeiling> {
    const store: RecordStore = {
      ...this.#store,
      write: async (writes) => {
        this.writes += 1;
        if (this.isFull) throw new Error('disk full');
        if (this.isSlow) await new Promise<void>((resolve) => this.waiting.push(resolve));
        await this.#store.write(writes);
      },
    };
    return StampCeiling.open({store, clock: {nowMs: () => this.nowMs}, toleranceMs: TOLERANCE_MS});
  }

  at(ms: number) {
    return {clockMs: BigInt(START_MS + ms)};
  }
}

const nameOf = (stamp: Stamp): string => bytesToHex(encode(Stamp, stamp));

/** Whether it is done by the time that others have had their turns. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  let done = false;
  void work.then(() => {
    done = true;
  });
  for (let i = 0; i < 20; i++) await Promise.resolve();
  return done;
}

describe('the note of the stamps that were given', () => {
  let disk: SlowDisk;
  beforeEach(() => {
    disk = new SlowDisk();
  });

  it('is on disk before a stamp above it leaves, and a start finds it', async () => {
    const ceiling = await disk.open();
    disk.isSlow = true;
    const first = ceiling.admit(disk.at(0));
    expect(await isDone(first)).toBe(false);
    expect((await disk.open()).untilMs).toBe(0n);
    disk.waiting.shift()?.();
    await first;
    expect((await disk.open()).untilMs).toBe(BigInt(START_MS) + STEP_MS);
  });

  it('goes ahead before it is reached: a member in use waits for no write of its own', async () => {
    const ceiling = await disk.open();
    await ceiling.admit(disk.at(0));
    disk.isSlow = true;
    const stores = 1000;
    for (let i = 1; i <= stores; i++) {
      disk.nowMs += 100;
      expect(await isDone(ceiling.admit(disk.at(i * 100)))).toBe(true);
      // A sync takes up to half a step.
      if (i % 12 === 0) disk.waiting.shift()?.();
    }
    expect(disk.writes).toBeLessThan(stores / 10);
  });

  it('follows the clock for a minute after the last stamp, and then rests', async () => {
    const ceiling = await disk.open();
    await ceiling.admit(disk.at(0));
    const look = async () => {
      disk.nowMs += ceiling.pauseMs;
      ceiling.keepAhead();
      await isDone(Promise.resolve());
    };
    while (disk.nowMs < START_MS + 60_000 - ceiling.pauseMs) await look();
    expect(ceiling.untilMs).toBeGreaterThan(BigInt(disk.nowMs));
    for (let i = 0; i < 10; i++) await look();
    const {writes} = disk;
    for (let i = 0; i < 100; i++) await look();
    expect(disk.writes).toBe(writes);
    await ceiling.admit(disk.at(disk.nowMs - START_MS));
    expect(disk.writes).toBe(writes + 1);
  });

  it('leads the own clock by no more than a stamp may', async () => {
    const ceiling = await disk.open();
    await ceiling.admit(disk.at(9000));
    expect(ceiling.untilMs).toBe(BigInt(START_MS) + TOLERANCE_MS);
  });

  it('that could not be written stops no stamp below it, and fails those above', async () => {
    const ceiling = await disk.open();
    await ceiling.admit(disk.at(0));
    disk.isFull = true;
    await ceiling.admit(disk.at(2000));
    await expect(ceiling.admit(disk.at(3000))).rejects.toThrow('disk full');
    disk.isFull = false;
    await ceiling.admit(disk.at(3000));
    expect((await disk.open()).untilMs).toBe(BigInt(START_MS + 3000) + STEP_MS);
  });
});

describe('a member that was killed', () => {
  let swarm: LocalSwarm;
  let owner: LocalOwner;
  beforeEach(async () => {
    swarm = await LocalSwarm.start({members: 5, timeoutMs: 300});
    owner = new LocalOwner(swarm);
    swarm.member(1).clockSkewMs = -4000;
  });

  it('stamps behind what it had seen, so that a newer card wins', async () => {
    await owner.store(0, 'old card', -1);
    await swarm.followUp();
    await swarm.restart(swarm.member(1));
    swarm.nowMs += 2000;
    await owner.store(1, 'new card', -1);
    expect(await owner.read(0, {namespace: -1})).toEqual(['new card']);
  });

  it('gives no stamp again that others have and its disk has not', async () => {
    const member = swarm.member(1);
    for (const [at, text] of ['seen', 'before'].entries()) {
      await owner.store(at, text);
      await swarm.followUp();
    }
    const batch = member.disk.batch.bind(member.disk);
    member.disk.batch = () => new Promise(() => undefined);
    const taken = async (): Promise<readonly string[]> => {
      const span = {fromMs: 0n, toMs: BigInt(swarm.nowMs) + 60_000n};
      const request = {type: 'stamps', value: {span, after: undefined}} as const;
      const others = [2, 3, 4].map((index) => swarm.member(index).nodeId);
      const caller = swarm.callerOf(swarm.member(0));
      const answers = await Promise.all(others.map((each) => caller.call(each, request)));
      return answers.flatMap(({stamps}) => stamps.map(nameOf));
    };
    const before = new Set(await taken());
    owner.store(1, 'not here').catch(() => undefined);
    await expect.poll(async () => new Set(await taken()).size).toBe(before.size + 1);
    member.disk.batch = batch;
    await swarm.restart(member);
    swarm.nowMs += 2000;
    const used = await taken();
    const {stamp} = await owner.store(1, 'after');
    expect(used).not.toContain(nameOf(stamp));
    await swarm.followUp();
    for (const index of [0, 2, 3, 4]) {
      expect(await owner.read(index, {consistency: CONSISTENCY.one})).toContain('after');
    }
  });
});
