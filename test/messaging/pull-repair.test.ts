import {beforeEach, describe, expect, it} from 'vitest';
import type {MemberCaller} from '../../src/messaging/ports.ts';
import {PullRepair} from '../../src/messaging/pull-repair.ts';
import {leavesAt} from '../../src/messaging/record-space.ts';
import {storedSetOf} from '../../src/messaging/stored-set.ts';
import {toHash} from '../../src/protocol/bytes.ts';
import {CONSISTENCY} from '../../src/protocol/overlay/client-protocol.ts';
import type {MemberRequest, Operation} from '../../src/protocol/overlay/member-protocol.ts';
import {LocalOwner, TTL_MS} from './local-owner.ts';
import {type LocalMember, LocalSwarm} from './local-swarm.ts';

const NEVER = new AbortController().signal;
const OPERATIONS = 100;

let swarm: LocalSwarm;
let bob: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 5});
  bob = new LocalOwner(swarm);
});

const span = () => ({fromMs: 0n, toMs: BigInt(swarm.nowMs)});

/** A stranger's message that one member has stamped. */
const messageAt = (counter: number, by: LocalMember): Operation => ({
  stamp: {clockMs: BigInt(swarm.nowMs), counter, coordinator: by.nodeId},
  body: {
    type: 'store',
    value: {
      account: bob.identity.sessionId,
      namespace: 0,
      timestampMs: BigInt(swarm.nowMs),
      ttlMs: TTL_MS,
      content: {type: 'data', value: new TextEncoder().encode(`n${counter}`)},
      auth: undefined,
    },
  },
});

const textsAt = (index: number) =>
  bob.read(index, {consistency: CONSISTENCY.one, maxRecords: 1000});

describe('what reconciling has begun', () => {
  let reader: LocalMember;
  beforeEach(async () => {
    const [, , , , other] = swarm.members;
    reader = swarm.member(0);
    const only = Array.from({length: OPERATIONS}, (_, index) => messageAt(index, other!));
    await other!.messaging.records.takeAll(only, {isLate: false});
    // One batch after the other, each with a sync of its own.
    const batch = reader.disk.batch.bind(reader.disk);
    let last: Promise<unknown> = Promise.resolve();
    reader.disk.batch = (writes) => {
      const written = last
        .then(() => new Promise((resolve) => setTimeout(resolve, 8)))
        .then(() => batch(writes));
      last = written;
      return written;
    };
  });

  const settledHere = async () => {
    const before = await textsAt(0);
    await new Promise((resolve) => setTimeout(resolve, OPERATIONS * 9));
    expect(await textsAt(0)).toEqual(before);
    return before.length;
  };

  it('is over when the others were faster', async () => {
    const {members} = await reader.messaging.repair.run(swarm.state, span(), NEVER);
    expect(members).toBe(4);
    expect(await settledHere()).toBeLessThan(OPERATIONS);
  });

  it('is over when it was called off', async () => {
    const stop = new AbortController();
    const {batch} = reader.disk;
    let writes = 0;
    reader.disk.batch = (...at) => {
      writes += 1;
      if (writes === 1) stop.abort(new Error('called off'));
      return batch(...at);
    };
    const run = reader.messaging.repair.run(swarm.state, span(), stop.signal);
    await expect(run).rejects.toThrow('called off');
    expect(await settledHere()).toBeLessThan(OPERATIONS);
  });
});

describe('a member that lies', () => {
  /** What members 1 answers, when it is to answer otherwise than it does. */
  function repairWith(
    lie: (request: MemberRequest, honest: () => Promise<unknown>) => unknown,
  ): PullRepair {
    const reader = swarm.member(0);
    const caller = swarm.callerOf(reader);
    const liar = swarm.member(1).nodeId;
    const members: MemberCaller = {
      call: async (nodeId, request, options) => {
        const honest = () => caller.call(nodeId, request, options);
        if (nodeId !== liar) return honest();
        return (await lie(request as MemberRequest, honest)) as never;
      },
    };
    return new PullRepair(reader.messaging.records, members);
  }

  it('gives no operations that it was not asked for', async () => {
    const [, liar] = swarm.members;
    const [asked, other] = [messageAt(0, liar!), messageAt(1, liar!)];
    const repair = repairWith(() => ({operations: [other, asked, other], more: false}));
    const from = {member: liar!.nodeId, isLate: true};
    expect(await repair.pull(from, [asked.stamp], NEVER)).toBe(1);
    expect(await textsAt(0)).toEqual(['n0']);
  });

  it('is given up when its digests never agree', async () => {
    for (const at of [2, 3, 4]) swarm.member(at).condition = 'down';
    swarm.state = {...swarm.state, members: swarm.state.members.slice(0, 3), acknowledge: []};
    let requests = 0;
    const repair = repairWith(({type}) => {
      requests += 1;
      if (type === 'stamps') return {stamps: [], more: false};
      return {count: 1_000_000, digest: toHash(new Uint8Array(32).fill(requests % 256))};
    });
    const run = repair.run(swarm.state, span(), NEVER);
    await expect(run).rejects.toThrow('MESSAGING_NO_MAJORITY');
    expect(requests).toBe(4096);
  });

  it('is given up when its list goes back', async () => {
    for (const at of [2, 3, 4]) swarm.member(at).condition = 'down';
    swarm.state = {...swarm.state, members: swarm.state.members.slice(0, 3), acknowledge: []};
    const operation = messageAt(0, swarm.member(1));
    const repair = repairWith(({type}) => {
      if (type === 'stamps') return {stamps: [operation.stamp], more: true};
      if (type === 'operations') return {operations: [operation], more: false};
      return {count: 1, digest: toHash(new Uint8Array(32))};
    });
    const run = repair.run(swarm.state, span(), NEVER);
    await expect(run).rejects.toThrow('MESSAGING_NO_MAJORITY');
  });
});

/** Together more than three messages carry: comparing once more does not bring the rest. */
const LARGE_RECORDS = 45;

it('brings all of it both ways, though it is more than one message carries', async () => {
  swarm = await LocalSwarm.start({members: 3});
  bob = new LocalOwner(swarm);
  const store = (at: number, fill: number) => {
    const params = {...bob.storeParams(''), data: new Uint8Array(76_000).fill(fill)};
    return swarm.ask(at, {type: 'store', value: {params, auth: undefined}});
  };
  const [, second, third] = swarm.members;
  third!.condition = 'down';
  for (let index = 0; index < LARGE_RECORDS; index += 1) await store(0, index);
  await swarm.followUp();
  second!.condition = 'down';
  third!.condition = 'up';
  swarm.member(0).condition = 'down';
  for (let index = 0; index < LARGE_RECORDS; index += 1) {
    await expect(store(2, 100 + index)).rejects.toThrow('MESSAGING_NO_MAJORITY');
  }
  // One other member, so that whatever it does not give nobody else does.
  swarm.member(0).condition = 'up';
  const all = {fromMs: 0n, toMs: BigInt(swarm.nowMs) + 1000n};
  const repaired = await third!.messaging.repair.run(swarm.state, all, NEVER);
  expect(repaired).toEqual({pulled: LARGE_RECORDS, pushed: LARGE_RECORDS, members: 2});
  for (const at of [0, 2]) {
    const {recordCount} = await storedSetOf(leavesAt(swarm.member(at).disk, all.toMs));
    expect(recordCount).toBe(2n * BigInt(LARGE_RECORDS));
  }
});

it('brings a record without its bytes together with its end, however much lies between', async () => {
  const swarm = await LocalSwarm.start({members: 3});
  const bob = new LocalOwner(swarm);
  swarm.member(2).condition = 'down';
  const {id} = await bob.store(0, 'soon deleted');
  for (let index = 0; index < 600; index += 1) {
    swarm.nowMs += 5;
    await bob.store(0, `between ${index}`);
  }
  await bob.delete(0, [id]);
  await swarm.followUp();
  swarm.nowMs += 1000;
  const cutOffMs = BigInt(swarm.nowMs);
  for (const at of [0, 1]) {
    const {messaging} = swarm.member(at);
    while ((await messaging.sweep({keepFromMs: 0n, endedUntilMs: cutOffMs})) > 0);
  }
  swarm.member(2).condition = 'up';
  await swarm.member(2).messaging.repair.run(swarm.state, {fromMs: 0n, toMs: cutOffMs}, NEVER);
  const roots = [];
  for (const {disk} of swarm.members)
    roots.push((await storedSetOf(leavesAt(disk, cutOffMs))).root);
  expect(roots[2]).toEqual(roots[0]);
});
