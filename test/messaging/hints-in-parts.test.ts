import {beforeEach, describe, expect, it, vi} from 'vitest';
import {Hints} from '../../src/messaging/hints.ts';
import {type Hash, toNodeId} from '../../src/protocol/bytes.ts';
import {LocalOwner} from './local-owner.ts';
import {type LocalMember, LocalSwarm} from './local-swarm.ts';

const NEVER = new AbortController().signal;

let swarm: LocalSwarm;
let bob: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 3});
  bob = new LocalOwner(swarm);
});

async function countOf({messaging}: LocalMember, ids: readonly Hash[]): Promise<number> {
  const {database} = messaging.records.parts;
  const inbox = {account: bob.identity.sessionId, namespace: 0};
  const changes = await Promise.all(ids.map((id) => database.changes(inbox, id)));
  return changes.filter((count) => count > 0).length;
}

describe('hints', () => {
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
