import {setTimeout} from 'node:timers/promises';
import {describe, expect, it} from 'vitest';
import {readInbox} from '../../src/messaging/inbox-reader.ts';
import type {MemberCaller} from '../../src/messaging/ports.ts';
import {QuorumReader} from '../../src/messaging/quorum-reader.ts';
import {RemoteError} from '../../src/network/errors.ts';
import {toHash} from '../../src/protocol/bytes.ts';
import {CONSISTENCY, type Cursor} from '../../src/protocol/overlay/client-protocol.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';

const NEVER = new AbortController().signal;

it('does without a member that lists what it does not give', async () => {
  const swarm = await LocalSwarm.start({members: 5, timeoutMs: 2000});
  const owner = new LocalOwner(swarm);
  const reader = swarm.member(2);
  reader.condition = 'down';
  await owner.store(0, 'missed');
  reader.condition = 'up';
  const liar = swarm.member(0).nodeId;
  const caller = swarm.callerOf(reader);
  const members: MemberCaller = {
    call(nodeId, request, options) {
      if (request.type !== 'history' || nodeId !== liar) {
        return caller.call(nodeId, request, options);
      }
      return Promise.reject(new RemoteError('liar', 'MESSAGING_NOT_READY', {}));
    },
  };
  const {records, health, repair} = reader.messaging;
  const inbox = {account: owner.identity.sessionId, namespace: 0};
  const span = {after: undefined, limit: 100};
  const quorum = new QuorumReader({records, health, repair, members, timeoutMs: 2000});
  const limits = {after: undefined, maxRecords: 100, maxBytes: 1000};
  const read = () => readInbox(records.parts.store, inbox, {...limits, nowMs: 0n});
  const page = await quorum.page(inbox, span, {swarm: swarm.state, read, signal: NEVER});
  expect(page.records).toHaveLength(1);
  expect(await owner.read(2, {consistency: CONSISTENCY.one})).toEqual(['missed']);
});

it('refuses by its code when a member that has listed an inbox says no more', async () => {
  const swarm = await LocalSwarm.start({members: 3, timeoutMs: 2000});
  const owner = new LocalOwner(swarm);
  const reader = swarm.member(2);
  reader.condition = 'down';
  await owner.store(0, 'missed');
  reader.condition = 'up';
  const caller = swarm.callerOf(reader);
  const stalling: MemberCaller = {
    call(nodeId, request, options = {}) {
      if (request.type !== 'history') return caller.call(nodeId, request, options);
      const {signal} = options;
      // As the overlay does: the caller's abort rejects with its reason.
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), {once: true});
      });
    },
  };
  const {records, health, repair} = reader.messaging;
  const parts = {records, health, repair, members: stalling, timeoutMs: 300};
  const inbox = {account: owner.identity.sessionId, namespace: 0};
  const span = {after: undefined, limit: 100};
  const {state} = swarm;
  const read = () => Promise.reject(new Error('nothing to read'));
  const page = new QuorumReader(parts).page(inbox, span, {swarm: state, read, signal: NEVER});
  await expect(page).rejects.toMatchObject({code: 'MESSAGING_NO_MAJORITY'});
});

describe('members that list what nobody could', () => {
  /** A read of an inbox with two records that have ended, where some say the same whenever they are asked. */
  async function readAmong(
    liars: readonly number[],
    limit: number,
    list: (ended: readonly Cursor[], asked: number) => readonly Cursor[],
  ) {
    const swarm = await LocalSwarm.start({members: 5, timeoutMs: 2000});
    const owner = new LocalOwner(swarm);
    const ended = [await owner.store(0, 'first'), await owner.store(0, 'second')];
    await swarm.followUp();
    await owner.delete(
      0,
      ended.map(({id}) => id),
    );
    await swarm.followUp();
    const reader = swarm.member(0);
    const caller = swarm.callerOf(reader);
    let asked = 0;
    const members: MemberCaller = {
      async call(nodeId, request, options) {
        const isLiar = liars.some((at) => swarm.member(at).nodeId === nodeId);
        if (request.type !== 'inbox') return caller.call(nodeId, request, options);
        if (!isLiar) {
          await setTimeout(20); // Whoever lies is faster.
          return caller.call(nodeId, request, options);
        }
        asked += 1;
        return {entries: list(ended, asked), more: true} as never;
      },
    };
    const {records, health, repair} = reader.messaging;
    const quorum = new QuorumReader({records, health, repair, members, timeoutMs: 2000});
    const inbox = {account: owner.identity.sessionId, namespace: 0};
    const found = {records: [], more: false};
    const parts = {swarm: swarm.state, read: async () => found, signal: NEVER};
    const page = quorum.page(inbox, {after: undefined, limit}, parts);
    return {page, found, asked: () => asked};
  }

  /** A higher place each time. */
  const madeUp = ([first]: readonly Cursor[], asked: number): readonly Cursor[] => [
    {stamp: {...first!.stamp, clockMs: BigInt(asked)}, id: toHash(new Uint8Array(32))},
  ];

  it('do not count, and make no read go on without end', async () => {
    const {page, found, asked} = await readAmong([3, 4], 1, madeUp);
    expect(await page).toBe(found);
    expect(asked()).toBe(2);
  });

  it.each<[string, number, Parameters<typeof readAmong>[2]]>([
    ['what they do not give', 1, madeUp],
    ['less than a page, and more behind it', 2, ([first]) => [first!]],
    ['another order', 2, ([first, second]) => [second!, first!]],
    ['one twice', 2, ([first]) => [first!, first!]],
    ['more than was asked for', 1, (ended) => ended],
  ])('make no majority: %s', async (_, limit, list) => {
    const {page, asked} = await readAmong([1, 2, 3], limit, list);
    await expect(page).rejects.toThrow('MESSAGING_NO_MAJORITY');
    expect(asked()).toBe(3);
  });
});

it('ends with its request', async () => {
  const swarm = await LocalSwarm.start({members: 3, timeoutMs: 600_000});
  const owner = new LocalOwner(swarm);
  for (const at of [1, 2]) swarm.member(at).condition = 'silent';
  const stop = new AbortController();
  const {clients} = swarm.member(0).messaging;
  const answer = clients.answer(owner.retrieveRequest(), {signal: stop.signal});
  stop.abort();
  await expect(answer).rejects.toThrow('MESSAGING_NO_MAJORITY');
});

describe('what was deleted where this member did not hear of it', () => {
  /** Member 0 has the message, 1, 3 and 4 its end as well, and the reader, 2, neither. */
  async function deletedElsewhere() {
    const swarm = await LocalSwarm.start({members: 5, timeoutMs: 2000});
    const owner = new LocalOwner(swarm);
    const only = (members: readonly number[]): void => {
      for (const [at, member] of swarm.members.entries()) {
        member.condition = members.includes(at) ? 'up' : 'down';
      }
      swarm.nowMs += 60_000;
    };
    only([0, 1, 3]);
    const {id, stamp} = await owner.store(0, 'gone');
    await swarm.followUp();
    only([1, 3, 4]);
    await owner.delete(1, [id]);
    await swarm.followUp();
    return {swarm, owner, only, stamp};
  }

  type Swarm = Awaited<ReturnType<typeof deletedElsewhere>>['swarm'];

  /** A page of member 2; a test says what becomes of its requests. */
  function pageOf(swarm: Swarm, owner: LocalOwner, call: MemberCaller['call']) {
    const {records, health, repair} = swarm.member(2).messaging;
    const inbox = {account: owner.identity.sessionId, namespace: 0};
    const limits = {after: undefined, maxRecords: 100, maxBytes: 1000};
    const nowMs = BigInt(swarm.nowMs);
    const read = () => readInbox(records.parts.store, inbox, {...limits, nowMs});
    const quorum = new QuorumReader({records, health, repair, members: {call}, timeoutMs: 2000});
    const span = {after: undefined, limit: 100};
    return quorum.page(inbox, span, {swarm: swarm.state, read, signal: NEVER});
  }

  it('is not shown because another member still lists it', async () => {
    const {owner, only} = await deletedElsewhere();
    only([0, 1, 2]);
    expect(await owner.read(2)).toEqual([]);
  });

  it('is not shown because it came while the others were asked', async () => {
    const {swarm, owner, only, stamp} = await deletedElsewhere();
    only([1, 2, 3]);
    const {records} = swarm.member(0).messaging;
    const operation = await records.parts.database.operation(stamp);
    const caller = swarm.callerOf(swarm.member(2));
    const page = await pageOf(swarm, owner, async (nodeId, request, options) => {
      const answer = await caller.call(nodeId, request, options);
      if (request.type === 'inbox') {
        await swarm.member(2).messaging.records.takeAll([operation!], {isLate: true});
      }
      return answer;
    });
    expect(page.records).toEqual([]);
  });

  it('is not shown when the one that knows of its end says no more: another one is asked', async () => {
    const {swarm, owner, only} = await deletedElsewhere();
    only([0, 1, 2, 3]);
    const caller = swarm.callerOf(swarm.member(2));
    swarm.member(2).messaging.health.failed(swarm.member(3).nodeId);
    const page = await pageOf(swarm, owner, (nodeId, request, options) =>
      request.type === 'history' && nodeId === swarm.member(1).nodeId
        ? Promise.reject(new RemoteError('silent', 'MESSAGING_NOT_READY', {}))
        : caller.call(nodeId, request, options),
    );
    expect(page.records).toEqual([]);
  });
});

it('does not pass over what lies behind the own list when all of that has ended', async () => {
  const swarm = await LocalSwarm.start({members: 3, timeoutMs: 2000});
  const owner = new LocalOwner(swarm);
  const without = async <T>(at: number, step: () => Promise<T>): Promise<T> => {
    swarm.member(at).condition = 'down';
    const answer = await step();
    await swarm.followUp();
    swarm.member(at).condition = 'up';
    swarm.nowMs += 60_000;
    return answer;
  };
  const gone = await owner.store(0, 'gone');
  await swarm.followUp();
  await without(2, () => owner.store(0, 'missed'));
  await without(2, () => owner.delete(0, [gone.id]));
  await owner.store(0, 'last');
  await swarm.followUp();
  const {records} = await swarm.ask(2, owner.retrieveRequest({maxRecords: 1}));
  expect(records.map(({data}) => new TextDecoder().decode(data))).toEqual(['missed']);
});
