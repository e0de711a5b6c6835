import {expect, it, vi} from 'vitest';
import {preferenceList} from '../../src/swarm/preference-list.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';

it('a member that refuses a write is not down, one that says nothing is', async () => {
  const swarm = await LocalSwarm.start({members: 5});
  const bob = new LocalOwner(swarm);
  const [first, second] = preferenceList(bob.identity.sessionId, swarm.members.slice(1));
  const {health, pendingHints} = swarm.member(0).messaging;
  first!.clockSkewMs = 60_000; // It takes no such stamp.
  second!.condition = 'down';
  const {receipts} = await bob.store(0, 'hello');
  expect(receipts.length).toBeGreaterThanOrEqual(3);
  expect(health.isUp(first!.nodeId)).toBe(true);
  expect(health.isUp(second!.nodeId)).toBe(false);
  await vi.waitFor(async () => expect(await pendingHints()).toBe(2));
});
