import {beforeEach, describe, expect, it, vi} from 'vitest';
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
});
