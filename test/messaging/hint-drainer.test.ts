import {beforeEach, describe, expect, it, vi} from 'vitest';
import {Hints} from '../../src/messaging/hints.ts';
import {type Hash, toNodeId} from '../../src/protocol/bytes.ts';
import {LocalOwner} from './local-owner.ts';
import {type LocalMember, LocalSwarm} from './local-swarm.ts';

const NEVER = new AbortController().signal;

let swarm: LocalSwarm;
let bob: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 5});
  bob = new LocalOwner(swarm);
});

/** Members whose pause is over can be asked again. */
function bringBack(...members: readonly LocalMember[]): void {
  for (const member of members) member.condition = 'up';
  swarm.nowMs += 20_000;
}

/** The member takes what is delivered once it is told to go on. */
function holdDeliveries({messaging}: LocalMember): () => void {
  const gate = Promise.withResolvers<void>();
  const {members} = messaging;
  const answer = members.answer.bind(members);
  vi.spyOn(members, 'answer').mockImplementation(async (request, from) => {
    if (request.type === 'deliver') await gate.promise;
    return answer(request, from);
  });
  return gate.resolve;
}

async function countOf({messaging}: LocalMember, ids: readonly Hash[]): Promise<number> {
  const {database} = messaging.records.parts;
  const inbox = {account: bob.identity.sessionId, namespace: 0};
  const changes = await Promise.all(ids.map((id) => database.changes(inbox, id)));
  return changes.filter((count) => count > 0).length;
}

describe('hints', () => {
  it('of one member come to it while another takes long', async () => {
    const {hints, pendingHints} = swarm.member(0).messaging;
    const [slow, other] = [swarm.member(4), swarm.member(3)];
    slow.condition = 'down';
    other.condition = 'down';
    await bob.store(0, 'hello');
    await swarm.followUp();
    await vi.waitFor(async () => expect(await pendingHints()).toBe(2));
    const goOn = holdDeliveries(slow);
    bringBack(slow);
    let isOver = false;
    const first = hints.run(NEVER).finally(() => {
      isOver = true;
    });
    bringBack(other);
    await vi.waitFor(async () => {
      await hints.run(NEVER);
      expect(await pendingHints()).toBe(1);
    });
    expect(isOver).toBe(false);
    goOn();
    expect(await first).toBeGreaterThan(0);
    expect(await pendingHints()).toBe(0);
  });

  it('come to the sibling’s members while a merge is announced, and go when it is off', async () => {
    const {members} = swarm.state;
    const [own, sibling] = [members.slice(0, 2), members.slice(2)];
    const base = {...swarm.state, swarmExponent: 1, acknowledge: [own, sibling]};
    const left = {...base, members: own, sibling: 1};
    swarm.state = left;
    for (const member of swarm.members.slice(2)) {
      swarm.seatElsewhere(member, {...base, swarmId: 1, members: sibling, sibling: 0});
    }
    const {hints, pendingHints} = swarm.member(0).messaging;
    const missing = swarm.member(4);
    missing.condition = 'down';
    for (const isAnnounced of [true, false]) {
      swarm.state = left;
      await bob.store(0, `announced: ${isAnnounced}`);
      await swarm.followUp();
      await vi.waitFor(async () => expect(await pendingHints()).toBe(1));
      if (!isAnnounced) swarm.state = {...base, members: own, acknowledge: [own]};
      bringBack(missing);
      expect(await hints.run(NEVER)).toBe(isAnnounced ? 1 : 0);
      expect(await pendingHints()).toBe(0);
      missing.condition = 'down';
    }
  });

  it('are kept for a member that is known to be down', async () => {
    const {messaging} = swarm.member(0);
    const other = swarm.member(2);
    other.condition = 'down';
    messaging.health.failed(other.nodeId);
    await bob.store(0, 'hello');
    await swarm.followUp();
    await vi.waitFor(async () => expect(await messaging.pendingHints()).toBe(1));
    other.condition = 'up';
    swarm.nowMs += 60_000;
    expect(await messaging.hints.run(NEVER)).toBe(1);
  });

  it('all come to a member, though they are more than one message carries', async () => {
    const {messaging} = swarm.member(0);
    const other = swarm.member(2);
    other.condition = 'down';
    messaging.health.failed(other.nodeId);
    const ids: Hash[] = [];
    for (let index = 0; index < 20; index += 1) {
      const params = {...bob.storeParams(''), data: new Uint8Array(76_000).fill(index)};
      ids.push((await swarm.ask(0, {type: 'store', value: {params, auth: undefined}})).id);
    }
    await vi.waitFor(async () => expect(await messaging.pendingHints()).toBe(20));
    other.condition = 'up';
    swarm.nowMs += 60_000;
    expect(await messaging.hints.run(NEVER)).toBe(20);
    expect(await countOf(other, ids)).toBe(20);
    expect(await messaging.pendingHints()).toBe(0);
  });

  it('for somebody who has left the swarm are forgotten, those of the others are not', async () => {
    const {messaging} = swarm.member(0);
    const {stamp} = await bob.store(0, 'hello');
    const other = swarm.member(2);
    other.condition = 'down';
    const hints = new Hints(messaging.records.parts.store);
    const stamps = Array.from({length: 450}, (_, counter) => ({...stamp, counter}));
    await hints.add([toNodeId(new Uint8Array(20).fill(77))], stamps);
    await hints.add([other.nodeId], [stamp]);
    expect(await messaging.hints.run(NEVER)).toBe(0);
    expect(await messaging.pendingHints()).toBe(1);
  });
});
