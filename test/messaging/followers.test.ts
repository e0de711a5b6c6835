import {beforeEach, describe, expect, it, vi} from 'vitest';
import {Followers} from '../../src/messaging/followers.ts';
import {Hints} from '../../src/messaging/hints.ts';
import type {MemberCaller} from '../../src/messaging/ports.ts';
import {bytesToKey, type Hash, toNodeId} from '../../src/protocol/bytes.ts';
import type {MemberRequest} from '../../src/protocol/overlay/member-protocol.ts';
import {preferenceList} from '../../src/swarm/preference-list.ts';
import {LocalOwner} from './local-owner.ts';
import {type LocalMember, LocalSwarm} from './local-swarm.ts';
import {storeOperation} from './member-requests.ts';

const NEVER = new AbortController().signal;
let swarm: LocalSwarm;
let bob: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 5});
  bob = new LocalOwner(swarm);
});

/** Members that have the record on disk. */
async function holdersOf(id: Hash): Promise<readonly LocalMember[]> {
  const inbox = {account: bob.identity.sessionId, namespace: 0};
  const counts = await Promise.all(
    swarm.members.map(({messaging}) => messaging.records.parts.database.changes(inbox, id)),
  );
  return swarm.members.filter((_, at) => counts[at] === 1);
}

/** Members other than the first, as Bob's inbox prefers them. */
const othersInOrder = (): readonly LocalMember[] =>
  preferenceList(bob.identity.sessionId, swarm.members.slice(1));

describe('a write', () => {
  it('goes to the majority that the inbox prefers, and to the others after it', async () => {
    const {id, receipts} = await bob.store(0, 'hello');
    const [first, second, ...others] = othersInOrder();
    const majority = [swarm.member(0), first!, second!];
    expect(new Set(await holdersOf(id))).toEqual(new Set(majority));
    const givers = receipts.map(({receipt}) => bytesToKey(receipt.nodeId));
    expect(new Set(givers)).toEqual(new Set(majority.map(({nodeId}) => bytesToKey(nodeId))));
    await swarm.followUp();
    expect(new Set(await holdersOf(id))).toEqual(new Set([...majority, ...others]));
  });

  it('goes to the next member in place of one that cannot be reached', async () => {
    const [first, second, third] = othersInOrder();
    first!.condition = 'down';
    const {id} = await bob.store(0, 'hello');
    const holders = await holdersOf(id);
    expect(new Set(holders)).toEqual(new Set([swarm.member(0), second!, third!]));
  });

  it('waits once for a silent member, and asks it last for a while, whatever it says', async () => {
    const [silent, second, third] = othersInOrder();
    const {health} = swarm.member(0).messaging;
    silent!.condition = 'silent';
    await bob.store(0, 'to all, for want of an answer');
    expect(health.isSlow(silent!.nodeId)).toBe(true);
    const {id} = await bob.store(0, 'past it');
    const holders = await holdersOf(id);
    expect(new Set(holders)).toEqual(new Set([swarm.member(0), second!, third!]));
    silent!.condition = 'up';
    health.heard(silent!.nodeId);
    expect(health.isSlow(silent!.nodeId)).toBe(true);
    swarm.nowMs += 3000;
    const again = await bob.store(0, 'to it');
    expect(await holdersOf(again.id)).toContain(silent);
  });
});

/** Followers of the first member whose requests are answered when a test says so. */
function openFollowers() {
  const {records, health} = swarm.member(0).messaging;
  const hints = new Hints(records.parts.store);
  const sent: number[] = [];
  const answer = Promise.withResolvers<void>();
  const call: MemberCaller['call'] = async (_nodeId, request) => {
    const {value} = request as Extract<MemberRequest, {readonly type: 'deliver'}>;
    sent.push(value.operations.length);
    await answer.promise;
    return {count: 0} as never;
  };
  const onError = (error: unknown) => expect.unreachable(String(error));
  const followers = new Followers({members: {call}, health, hints, onError});
  const params = {...bob.storeParams(''), data: new Uint8Array(76_000)};
  const operationOf = (counter: number) => {
    const {nodeId} = swarm.member(0);
    return storeOperation(params, {clockMs: BigInt(swarm.nowMs), counter, coordinator: nodeId});
  };
  return {followers, hints, health, sent, answer, operationOf, third: othersInOrder()[2]!};
}

describe('what follows a write', () => {
  it('becomes a hint when its member cannot be reached, and comes when it can', async () => {
    const others = othersInOrder().slice(2);
    const {id} = await bob.store(0, 'hello');
    for (const other of others) other.condition = 'down';
    await swarm.followUp();
    const {messaging} = swarm.member(0);
    expect(await messaging.pendingHints()).toBe(2);
    for (const other of others) other.condition = 'up';
    swarm.nowMs += 1000;
    expect(await messaging.hints.run(NEVER)).toBe(2);
    expect(await holdersOf(id)).toHaveLength(5);
  });

  it('is kept on disk by a node that stops', async () => {
    const {id} = await bob.store(0, 'hello');
    const {messaging} = swarm.member(0);
    await messaging.followers.settle();
    expect(await messaging.pendingHints()).toBe(2);
    await swarm.restart(swarm.member(0));
    expect(await swarm.member(0).messaging.hints.run(NEVER)).toBe(2);
    expect(await holdersOf(id)).toHaveLength(5);
  });

  it('is kept on disk by a node that stops while it is under way', async () => {
    await bob.store(0, 'hello');
    for (const other of othersInOrder().slice(2)) other.condition = 'silent';
    const {messaging} = swarm.member(0);
    void messaging.followers.sendNext();
    await messaging.followers.settle();
    expect(await messaging.pendingHints()).toBe(2);
  });

  it('comes after what is under way to the same member', async () => {
    const {followers, records} = swarm.member(0).messaging;
    const third = othersInOrder()[2]!;
    const [first, second] = [await bob.store(0, 'first'), await bob.store(0, 'second')];
    await followers.settle(); // From here on, only this test sends.
    for (const {receipts} of [first, second]) {
      const operation = await records.parts.database.operation(receipts[0]!.receipt.stamp);
      followers.add([third.nodeId], operation!);
      void followers.sendNext();
    }
    for (const {id} of [first, second])
      await vi.waitFor(async () => expect(await holdersOf(id)).toContain(third), 5000);
  });

  it('goes to one member after the other', async () => {
    const {id} = await bob.store(0, 'hello');
    const {followers} = swarm.member(0).messaging;
    for (const holders of [4, 5]) {
      expect(await followers.sendNext()).toBe(true);
      expect(await holdersOf(id)).toHaveLength(holders);
    }
    expect(await followers.sendNext()).toBe(false);
  });

  it.each([
    ['all at once', 0],
    ['one, and eight more while it waits', 1],
  ])('goes out within 200 ms, to one member at a time: %s', async (_name, first) => {
    const {receipts} = await bob.store(0, 'hello');
    const {health, records} = swarm.member(0).messaging;
    const hints = new Hints(records.parts.store);
    const operation = await records.parts.database.operation(receipts[0]!.receipt.stamp);
    const members = Array.from({length: 9}, (_, i) => toNodeId(new Uint8Array(20).fill(i)));
    const sent: Uint8Array[] = [];
    const call = async (nodeId: Uint8Array) => sent.push(nodeId) as never;
    const onError = (error: unknown) => expect.unreachable(String(error));
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'performance']});
    try {
      const followers = new Followers({members: {call}, health, hints, onError});
      for (const round of [1, 2]) {
        followers.add(members.slice(0, first), operation!);
        followers.add(members.slice(first), operation!);
        for (const turns of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
          await vi.advanceTimersByTimeAsync(200 / 9);
          expect(sent).toHaveLength((round - 1) * 9 + turns);
        }
      }
      expect(new Set(sent)).toEqual(new Set(members));
    } finally {
      vi.useRealTimers();
    }
  });

  it('becomes hints when there is more of it than one request carries while another is under way', async () => {
    const {followers, hints, sent, third, operationOf, answer} = openFollowers();
    // 13 of them fill a request: the first are under way, the next wait, then there is no room.
    for (let index = 0; index < 27; index += 1) followers.add([third.nodeId], operationOf(index));
    await vi.waitFor(async () => expect(await hints.count()).toBe(13));
    answer.resolve();
    await vi.waitFor(() => expect(sent).toEqual([13, 1]));
    expect(await hints.count()).toBe(13);
  });

  it('becomes a hint at once for a member that is down', async () => {
    const {followers, hints, sent, third, operationOf, health} = openFollowers();
    followers.add([third.nodeId], operationOf(0));
    health.failed(third.nodeId);
    expect(await followers.sendNext()).toBe(true);
    expect(sent).toEqual([]);
    expect(await hints.count()).toBe(1);
  });

  it('reaches every member though no other write comes', async () => {
    const {id} = await bob.store(0, 'hello');
    await vi.waitFor(async () => expect(await holdersOf(id)).toHaveLength(5), 5000);
  });

  it('comes whole and once, though there is much of it', async () => {
    const big = 'x'.repeat(76_000);
    const ids: Hash[] = [];
    for (let index = 0; index < 40; index++) {
      swarm.nowMs += 5;
      ids.push((await bob.store(0, `${index} ${big}`)).id);
    }
    await swarm.followUp();
    await swarm.followUp();
    expect(await swarm.member(0).messaging.pendingHints()).toBe(0);
    for (const id of ids) expect(await holdersOf(id)).toHaveLength(5);
  });
});
