import {beforeEach, describe, expect, it} from 'vitest';
import {EpochSets} from '../../src/messaging/epoch-sets.ts';
import {dataKey} from '../../src/messaging/key-space.ts';
import type {MemberCaller} from '../../src/messaging/ports.ts';
import {PullRepair} from '../../src/messaging/pull-repair.ts';
import {bytesToHex, toHash} from '../../src/protocol/bytes.ts';
import type {Operation} from '../../src/protocol/overlay/member-protocol.ts';
import type {RecordKey} from '../../src/protocol/stored-record.ts';
import {LocalOwner} from './local-owner.ts';
import {CHAIN, type LocalMember, LocalSwarm} from './local-swarm.ts';
import {sweepAt} from './sweep-at.ts';

const NEVER = new AbortController().signal;
const MIX = toHash(new Uint8Array(32).fill(5));
const EPOCH = 3n;

let swarm: LocalSwarm;
let bob: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 5});
  bob = new LocalOwner(swarm);
});

const cutNow = () => ({epoch: EPOCH, cutOffMs: BigInt(swarm.nowMs)});

function openSets(
  member: LocalMember,
  repair: PullRepair = member.messaging.repair,
): Promise<EpochSets> {
  return EpochSets.open({
    store: swarm.storeOf(member),
    repair,
    members: swarm.callerOf(member),
    nodeId: member.nodeId,
    swarm: () => swarm.state,
    claim: (epoch, swarmId) => ({...CHAIN, epoch, swarmId}),
  });
}

/** Every member's sets, which the others may ask for. */
async function openAll(): Promise<EpochSets[]> {
  const sets = await Promise.all(swarm.members.map((member) => openSets(member)));
  for (const [index, member] of swarm.members.entries()) member.committed = sets[index];
  return sets;
}

describe('the set of an epoch', () => {
  it('is the same at every member that could ask a majority, also one that was down', async () => {
    swarm.member(4).condition = 'down';
    for (let index = 0; index < 20; index++) {
      swarm.nowMs += 10;
      await bob.store(index % 4, `m${index}`);
    }
    swarm.member(4).condition = 'up';
    const cut = cutNow();
    const named = [];
    for (const sets of await openAll()) {
      await sets.reconcile(cut, NEVER);
      named.push(await sets.settle(cut, 0));
    }
    expect(new Set(named.map(({c}) => bytesToHex(c))).size).toBe(1);
    expect(named[0]?.set.recordCount).toBe(20n);
  });

  it('stays as it was settled, whatever comes later', async () => {
    await bob.store(0, 'in time');
    const cut = cutNow();
    const [sets] = await openAll();
    const before = await sets!.settle(cut, 0);
    swarm.member(0).condition = 'down';
    await bob.store(1, 'for the others');
    swarm.member(0).condition = 'up';
    expect(await bob.read(0)).toHaveLength(2);
    expect((await sets!.held(cut)).root).toEqual(before.set.root);
  });

  it('stays as it was settled, and is answered for, when what comes later has an earlier stamp', async () => {
    await bob.store(0, 'hello');
    await swarm.followUp();
    swarm.nowMs += 5000;
    const cut = cutNow();
    const [sets] = await openAll();
    const {c, set} = await sets!.settle(cut, 0);
    const {account, ttlMs, data} = bob.storeParams('hello');
    const [member, other] = [swarm.member(0), swarm.member(4)];
    const timestampMs = cut.cutOffMs - 10_000n;
    const operation: Operation = {
      stamp: {clockMs: timestampMs, counter: 0, coordinator: other.nodeId},
      body: {
        type: 'store',
        value: {
          account,
          namespace: 0,
          timestampMs,
          ttlMs,
          content: {type: 'data', value: data},
          auth: undefined,
        },
      },
    };
    await swarm
      .callerOf(other)
      .call(member.nodeId, {type: 'deliver', value: {operations: [operation]}});
    swarm.nowMs += 60_000;
    await sweepAt(member.messaging, cut.cutOffMs);
    expect((await sets!.held(cut)).root).toEqual(set.root);
    const seed = {mix: MIX, w: c, nodeId: member.nodeId};
    await expect(sets!.answer(cut, seed, set)).resolves.toHaveLength(32);
    const next = {epoch: EPOCH + 1n, cutOffMs: BigInt(swarm.nowMs)};
    const after = await sets!.held(next);
    expect(after.recordCount).toBe(1n);
    expect(after.root).not.toEqual(set.root);
    expect(await bob.read(0)).toEqual(['hello']);
  });

  it('keeps the bytes of a record that has ended, unread by anybody, until its answers are judged', async () => {
    const all = await openAll();
    const params = bob.storeParams('gone before the answers', 0, 10_000n);
    await swarm.ask(0, {type: 'store', value: {params, auth: undefined}});
    await bob.store(0, 'stays');
    await swarm.followUp();
    swarm.nowMs += 5000;
    const cut = cutNow();
    const named = [];
    for (const sets of all) named.push(await sets.settle(cut, 0));
    const {c, set} = named[0]!;
    expect(set.recordCount).toBe(2n);
    swarm.nowMs += 15_000;
    for (const at of [0, 4]) expect(await bob.read(at)).toEqual(['stays']);
    const {nodeId, messaging} = swarm.member(0);
    const seed = {mix: MIX, w: c, nodeId};
    const unswept = await all[1]!.answer(cut, seed, set);
    await sweepAt(messaging, cut.cutOffMs);
    expect(await all[0]!.answer(cut, seed, set)).toEqual(unswept);
    // The next epoch's cut-off lies after its end.
    await sweepAt(messaging, BigInt(swarm.nowMs));
    await expect(all[0]!.answer(cut, seed, set)).rejects.toThrow(/MESSAGING_/);
    expect(await bob.read(0)).toEqual(['stays']);
  });

  it('is that of the majority also for a member that has swept what the others still count', async () => {
    const all = await openAll();
    const {id} = await bob.store(0, 'kept by the others');
    await swarm.followUp();
    for (const at of [0, 1, 2, 3]) swarm.member(at).condition = 'down';
    await expect(bob.delete(4, [id])).rejects.toThrow('MESSAGING_NO_MAJORITY');
    swarm.nowMs += 1000;
    const cut = cutNow();
    const named = [];
    for (const sets of all) named.push(await sets.settle(cut, 0));
    for (const at of [0, 1, 2, 3]) swarm.member(at).condition = 'up';
    const {nodeId, messaging} = swarm.member(4);
    const [majority] = named;
    expect(named[4]!.set.root).not.toEqual(majority!.set.root);
    // What ended before the cut-off before this one goes; this one's answers are not judged yet.
    const endedUntilMs = cut.cutOffMs - 60_000n;
    while ((await messaging.sweep({keepFromMs: cut.cutOffMs, endedUntilMs})) > 0);
    expect(await all[4]!.moveTo(cut, majority!, NEVER)).toBe(true);
    const seed = {mix: MIX, w: majority!.c, nodeId};
    const own = await all[4]!.answer(cut, seed, majority!.set);
    expect(own).toEqual(await all[0]!.answer(cut, seed, majority!.set));
  });

  it('moves to the majority’s: what lacked is fetched, what is too much is left out', async () => {
    const all = await openAll();
    swarm.member(4).condition = 'down';
    await bob.store(0, 'the others have it');
    for (const at of [0, 1, 2, 3]) swarm.member(at).condition = 'down';
    swarm.member(4).condition = 'up';
    await expect(bob.store(4, 'only here')).rejects.toThrow('MESSAGING_NO_MAJORITY');
    for (const at of [0, 1, 2, 3]) swarm.member(at).condition = 'up';
    const cut = cutNow();
    const named = [];
    for (const sets of all) named.push(await sets.settle(cut, 0));
    const [majority] = named;
    expect(bytesToHex(named[4]!.c)).not.toBe(bytesToHex(majority!.c));
    expect(await all[4]!.moveTo(cut, majority!, NEVER)).toBe(true);
    expect(await all[4]!.held(cut)).toEqual(majority!.set);
    const seed = {mix: MIX, w: majority!.c, nodeId: swarm.member(4).nodeId};
    expect(await all[4]!.answer(cut, seed, majority!.set)).toEqual(
      await all[0]!.answer(cut, seed, majority!.set),
    );
    // Its own record is not lost: the next epoch's set has both.
    const next = {epoch: EPOCH + 1n, cutOffMs: cut.cutOffMs + 1000n};
    expect((await all[4]!.held(next)).recordCount).toBe(2n);
  });

  it('gives its leaves page by page, each from where the last one ended', async () => {
    const [sets] = await openAll();
    for (const text of ['one', 'two', 'three']) await bob.store(0, text);
    const {c} = await sets!.settle(cutNow(), 0);
    const pageAfter = async (after?: RecordKey) => {
      const request = {type: 'leaves', value: {epoch: EPOCH, c, after}} as const;
      return (await swarm.callerOf(swarm.member(1)).call(swarm.member(0).nodeId, request)).leaves;
    };
    const all = await pageAfter();
    expect(all).toHaveLength(3);
    for (const [index, {key}] of all.entries()) {
      expect(await pageAfter(key)).toEqual(all.slice(index + 1));
    }
  });

  it('is not moved to without the messages that are missing', async () => {
    const all = await openAll();
    const member = swarm.member(4);
    member.condition = 'down';
    await bob.store(0, 'the others have it');
    await swarm.followUp();
    member.condition = 'up';
    const cut = cutNow();
    const named = [];
    for (const sets of all) named.push(await sets.settle(cut, 0));
    const [majority] = named;
    const caller = swarm.callerOf(member);
    /** They list their leaves, and give no operation. */
    const call: MemberCaller['call'] = (nodeId, request, options) =>
      request.type === 'operations'
        ? Promise.resolve({operations: [], more: false} as never)
        : caller.call(nodeId, request, options);
    const repair = new PullRepair(member.messaging.records, {call});
    const sets = await openSets(member, repair);
    expect(await sets.moveTo(cut, majority!, NEVER)).toBe(false);
    expect((await sets.held(cut)).root).toEqual(named[4]!.set.root);
    expect(await all[4]!.moveTo(cut, majority!, NEVER)).toBe(true);
  });

  it('moves to nothing that it cannot fetch and verify', async () => {
    const all = await openAll();
    await bob.store(0, 'all have it');
    await swarm.followUp();
    const cut = cutNow();
    for (const sets of all) await sets.settle(cut, 0);
    const {c, set} = await all[0]!.settle(cut, 0);
    const forged = {c, set: {...set, recordCount: 7n}};
    expect(await all[1]!.moveTo(cut, forged, NEVER)).toBe(false);
    for (const at of [0, 2, 3, 4]) swarm.member(at).condition = 'down';
    const unknown = {c: toHash(new Uint8Array(32)), set: {...set, recordCount: 9n}};
    expect(await all[1]!.moveTo(cut, unknown, NEVER)).toBe(false);
    const seed = {mix: MIX, w: c, nodeId: swarm.member(1).nodeId};
    await expect(all[1]!.answer(cut, seed, unknown.set)).rejects.toThrow('MESSAGING_OTHER_SET');
  });

  it('is answered for by each member as every other computes it, but for one with a damaged record', async () => {
    const all = await openAll();
    const {id, stamp} = await bob.store(0, 'some message of which one byte will flip');
    await swarm.followUp();
    const cut = cutNow();
    const named = [];
    for (const sets of all) named.push(await sets.settle(cut, 0));
    const damaged = swarm.member(2);
    const key = dataKey({account: bob.identity.sessionId, namespace: 0, stamp, id});
    const data = (await damaged.disk.get(key))!;
    data[0]! ^= 1;
    await damaged.disk.batch([{type: 'put', key, value: data}]);
    const {c, set} = named[0]!;
    for (const [index, {nodeId}] of swarm.members.entries()) {
      const seed = {mix: MIX, w: c, nodeId};
      const own = bytesToHex(await all[index]!.answer(cut, seed, set));
      const others = await Promise.all(
        all.filter((_, at) => at !== index && at !== 2).map((sets) => sets.answer(cut, seed, set)),
      );
      const seen = new Set(others.map(bytesToHex));
      expect(seen.size).toBe(1);
      expect(seen.has(own)).toBe(index !== 2);
    }
  });
});
